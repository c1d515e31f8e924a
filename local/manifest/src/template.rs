//! The generated parts of `template.yaml`.

use std::{collections::BTreeSet, iter};

use crate::{
    Family, Function, Grant, Manifest, Route,
    block::{self, Block, Mark, Piece},
    family::{pascal_case, variable_name},
    policies::Policies,
};

pub(crate) const FILE: &str = "template.yaml";

/// Lines up to this length are written in flow style.
const MAX_LINE: usize = 128;
const TRUST: &str = r#"{ Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }"#;
/// The head of a role's own policy, up to its statements.
const POLICY: &str = "      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement:";
/// A secret's ARN up to its kind.
const SECRET: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}*/";

/// The parameters, conditions and functions. `template` is the file as it is.
pub(crate) fn blocks(manifest: &Manifest, template: &str) -> Result<Vec<Block>, String> {
    let policies = Policies::read(&block::without_blocks(template))?;
    let optional = || manifest.families.iter().filter_map(|family| Some((family, family.parameter.as_deref()?)));
    let about =
        |family: &Family, found_by: String| vec![Mark { name: family.name.clone(), source: family.file(), found_by }];
    let parameters = optional().map(|(family, parameter)| Piece {
        about: about(family, format!("  {parameter}:\n")),
        text: format!(
            "  {parameter}:\n    Description: Whether to deploy {}.\n    Type: String\n    Default: \"true\"\n    AllowedValues: [\"true\", \"false\"]\n",
            family.title
        ),
    });
    let conditions = optional().map(|(family, parameter)| Piece {
        about: about(family, format!("  Has{parameter}:")),
        text: format!("  Has{parameter}: !Equals [!Ref {parameter}, \"true\"]\n"),
    });
    let functions = manifest.functions().map(|(family, function)| {
        let text = function_and_role(family, function, &policies)?;
        let mark = Mark { name: function.name.clone(), source: family.file(), found_by: code_uri(function) };
        Ok(Piece { about: vec![mark], text })
    });
    let block = |name, named_by, pieces| Block { file: FILE, name, named_by, pieces };
    Ok(vec![
        block("parameters", "Description: Whether to deploy ", parameters.collect()),
        block("conditions", ": !Equals", conditions.collect()),
        block("functions", "CodeUri: target/lambda/", functions.collect::<Result<_, String>>()?),
    ])
}

fn code_uri(function: &Function) -> String {
    format!("CodeUri: target/lambda/{}/", function.name)
}

fn function_and_role(family: &Family, function: &Function, policies: &Policies) -> Result<String, String> {
    let in_function = |problem: String| format!("{}: {}: {problem}", family.file(), function.name);
    let variables = variables(function, policies).map_err(in_function)?;
    let id = function.logical_id();
    let condition = family.condition().map(|condition| format!("    Condition: {condition}"));
    let comment = function.invoked_by.as_ref().map(|by| format!(" # invoked by {by}")).unwrap_or_default();

    let mut lines = vec![String::new(), format!("  {id}:{comment}"), "    Type: AWS::Serverless::Function".to_owned()];
    lines.extend(condition.clone());
    lines.extend([
        "    Properties:".to_owned(),
        format!("      Description: {}", scalar(&function.description)),
        format!("      {}", code_uri(function)),
        format!("      Role: !GetAtt {id}Role.Arn"),
    ]);
    lines.extend(function.timeout.map(|timeout| format!("      Timeout: {timeout}")));
    if !variables.is_empty() {
        let variables: Vec<_> = variables.iter().map(|(name, value)| format!("{name}: !Ref {value}")).collect();
        lines.push("      Environment:".to_owned());
        lines.push(filled("        Variables: ", &variables));
    }
    lines.extend(events(&function.routes));

    let managed = ["WriteLogsAndTraces"].into_iter().chain(function.policies.iter().map(String::as_str));
    let managed: Vec<_> = managed.map(|policy| format!("!Ref {policy}")).collect();
    lines.extend([String::new(), format!("  {id}Role: # {}", function.reason), "    Type: AWS::IAM::Role".to_owned()]);
    lines.extend(condition);
    lines.extend([
        "    Properties:".to_owned(),
        format!("      AssumeRolePolicyDocument: {TRUST}"),
        format!("      ManagedPolicyArns: [{}]", managed.join(", ")),
    ]);
    if !function.grants.is_empty() {
        lines.push(POLICY.to_owned());
        lines.extend(function.grants.iter().flat_map(statement));
    }
    Ok(lines.join("\n") + "\n")
}

/// The lines of the events, each of which is a route.
fn events(routes: &[Route]) -> Vec<String> {
    let event = |name: String, Route { method, path }: &Route| {
        let properties = format!("ApiId: !Ref HttpApi, Method: {method}, Path: {}", scalar(path));
        format!("{name}: {{ Type: HttpApi, Properties: {{ {properties} }} }}")
    };
    match routes {
        [] => Vec::new(),
        [route] => vec![format!("      Events: {{ {} }}", event("Route".to_owned(), route))],
        routes => {
            let named = routes.iter().zip(1..).map(|(route, number)| match number {
                1 => ("Route".to_owned(), route),
                _ => (format!("Route{number}"), route),
            });
            let lines = named.map(|(name, route)| format!("        {}", event(name, route)));
            iter::once("      Events:".to_owned()).chain(lines).collect()
        }
    }
}

/// Names and the parameters or resources whose values they have.
fn variables(function: &Function, policies: &Policies) -> Result<Vec<(String, String)>, String> {
    let mut tables: Vec<_> = function.grants.iter().flat_map(|grant| &grant.tables).collect();
    let mut secrets = function.grants.iter().any(|grant| !grant.secrets.is_empty());
    let mut settings = BTreeSet::new();
    for policy in &function.policies {
        let uses = policies.of(policy)?;
        tables.extend(&uses.tables);
        secrets |= uses.secrets;
        settings.extend(uses.settings);
    }
    if let Some(unknown) = tables.iter().find(|table| !policies.tables.contains(table)) {
        return Err(format!("template.yaml has no table {unknown}"));
    }
    let used = policies.tables.iter().filter(|table| tables.contains(table));
    let mut variables: Vec<_> = used.map(|table| (variable_name(table), table.clone())).collect();
    if secrets {
        variables.push(("SECRET_PREFIX".to_owned(), "SecretPrefix".to_owned()));
    }
    if let Some(name) = function.variables.iter().find(|name| settings.contains(&name.as_str())) {
        return Err(format!("variables: {name} follows from the policies"));
    }
    let names = settings.into_iter().chain(function.variables.iter().map(String::as_str));
    variables.extend(names.map(|name| (name.to_owned(), pascal_case(name, '_'))));
    Ok(variables)
}

/// The lines of a statement.
fn statement(grant: &Grant) -> Vec<String> {
    const INDENT: &str = "              ";
    let mut lines = Vec::from_iter(grant.reason.as_ref().map(|reason| format!("{INDENT}# {reason}")));
    let service = if grant.secrets.is_empty() { "dynamodb" } else { "secretsmanager" };
    let actions: Vec<_> = grant.actions.iter().map(|action| format!("{service}:{action}")).collect();
    let actions = one_or_list(&actions);
    if grant.tables.is_empty() {
        lines.extend([
            format!("{INDENT}- Effect: Allow"),
            format!("{INDENT}  Action: {actions}"),
            format!("{INDENT}  Resource:"),
        ]);
        // A secret's ARN ends in six random characters. AWS judges a name that no secret has without them.
        let arns = grant.secrets.iter().flat_map(|kind| ["-??????", ""].map(|end| format!("{SECRET}{kind}{end}")));
        lines.extend(arns.map(|arn| format!("{INDENT}    - !Sub {arn}")));
        return lines;
    }
    let tables: Vec<_> = grant.tables.iter().map(|table| format!("!GetAtt {table}.Arn")).collect();
    let mut members =
        vec!["Effect: Allow".to_owned(), format!("Action: {actions}"), format!("Resource: {}", one_or_list(&tables))];
    if !grant.keys.is_empty() {
        let patterns: Vec<_> = grant.keys.iter().map(|keys| format!("\"{}\"", key_pattern(keys))).collect();
        let keys = format!("dynamodb:LeadingKeys: [{}]", patterns.join(", "));
        members.push(format!("Condition: {{ ForAllValues:StringLike: {{ {keys} }} }}"));
    }
    lines.push(filled(&format!("{INDENT}- "), &members));
    lines
}

/// The pattern of IAM for a kind of keys.
fn key_pattern(kind: &str) -> String {
    if kind.starts_with(['@', '*']) { kind.to_owned() } else { format!("*#{kind}#*") }
}

/// A flow mapping after `start`, in lines of at most `MAX_LINE` characters where the members allow it.
fn filled(start: &str, members: &[String]) -> String {
    let indent = " ".repeat(start.len() - start.trim_start().len() + 4);
    let mut lines = vec![format!("{start}{{")];
    for (position, member) in members.iter().enumerate() {
        let end = if position + 1 == members.len() { " }" } else { "," };
        match lines.last_mut() {
            Some(line) if line.len() + 1 + member.len() + end.len() <= MAX_LINE => line.extend([" ", member, end]),
            _ => lines.push(format!("{indent}{member}{end}")),
        }
    }
    lines.join("\n")
}

fn one_or_list(entries: &[String]) -> String {
    match entries {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// A text as YAML, in quotes only where it needs them.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/')
        && !text.contains([':', '#', '{', '}', '[', ']', '"', '\n']);
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
