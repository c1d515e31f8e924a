//! The generated parts of `template.yaml`.

use std::fmt::Write as _;

use crate::{
    Family, Function, Grant, Manifest,
    block::{Block, Mark, Piece},
    family::{pascal_case, variable_name},
    policies::Policies,
};

pub(crate) const FILE: &str = "template.yaml";

/// Lines up to this length are written in flow style.
const MAX_LINE: usize = 128;
const TRUST: &str = r#"{ Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }"#;
/// A secret's ARN up to its kind.
const SECRET: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}*/";

/// The parameters, conditions and functions. `template` is the file as it is.
pub(crate) fn blocks(manifest: &Manifest, template: &str) -> Result<Vec<Block>, String> {
    let policies = Policies::read(template)?;
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
    let block = |name, pieces| Block { file: FILE, name, pieces };
    Ok(vec![
        block("parameters", parameters.collect()),
        block("conditions", conditions.collect()),
        block("functions", functions.collect::<Result<_, String>>()?),
    ])
}

fn code_uri(function: &Function) -> String {
    format!("CodeUri: target/lambda/{}/\n", function.name)
}

fn function_and_role(family: &Family, function: &Function, policies: &Policies) -> Result<String, String> {
    let in_function = |problem: String| format!("{}: {}: {problem}", family.file(), function.name);
    let variables = variables(function, policies).map_err(in_function)?;
    let id = function.logical_id();
    let condition = family.condition().map(|condition| format!("    Condition: {condition}\n")).unwrap_or_default();
    let mut text = String::from("\n");
    let comment = function.invoked_by.as_ref().map(|by| format!(" # invoked by {by}")).unwrap_or_default();
    let _ = write!(
        text,
        "  {id}:{comment}\n    Type: AWS::Serverless::Function\n{condition}    Properties:\n      Description: {}\n      {}      Role: !GetAtt {id}Role.Arn\n",
        scalar(&function.description),
        code_uri(function),
    );
    if let Some(timeout) = function.timeout {
        let _ = writeln!(text, "      Timeout: {timeout}");
    }
    if !variables.is_empty() {
        let variables: Vec<_> = variables.iter().map(|(name, value)| format!("{name}: !Ref {value}")).collect();
        let _ =
            write!(text, "      Environment:\n        Variables: {}", filled("          ", &variables).trim_start());
    }
    if let Some(route) = &function.route {
        let (method, path) = (&route.method, scalar(&route.path));
        let properties = format!("ApiId: !Ref HttpApi, Method: {method}, Path: {path}");
        let _ = writeln!(text, "      Events: {{ Route: {{ Type: HttpApi, Properties: {{ {properties} }} }} }}");
    }
    let managed = function.policies.iter().map(|policy| format!(", !Ref {policy}")).collect::<String>();
    let _ = write!(
        text,
        "\n  {id}Role: # {}\n    Type: AWS::IAM::Role\n{condition}    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n      ManagedPolicyArns: [!Ref WriteLogsAndTraces{managed}]\n",
        function.reason
    );
    if !function.grants.is_empty() {
        text.push_str(
            "      Policies:\n        - PolicyName: own\n          PolicyDocument:\n            Version: \"2012-10-17\"\n            Statement:\n",
        );
        text.extend(function.grants.iter().map(statement));
    }
    Ok(text)
}

/// Names and the parameters or resources whose values they have.
fn variables(function: &Function, policies: &Policies) -> Result<Vec<(String, String)>, String> {
    let mut tables: Vec<_> = function.grants.iter().flat_map(|grant| &grant.tables).collect();
    let mut secrets = function.grants.iter().any(|grant| !grant.secrets.is_empty());
    for policy in &function.policies {
        let uses = policies.of(policy)?;
        tables.extend(&uses.tables);
        secrets |= uses.secrets;
    }
    if let Some(unknown) = tables.iter().find(|table| !policies.tables.contains(table)) {
        return Err(format!("template.yaml has no table {unknown}"));
    }
    let used = policies.tables.iter().filter(|table| tables.contains(table));
    let mut variables: Vec<_> = used.map(|table| (variable_name(table), table.clone())).collect();
    if secrets {
        variables.push(("SECRET_PREFIX".to_owned(), "SecretPrefix".to_owned()));
    }
    variables.extend(function.variables.iter().map(|name| (name.clone(), pascal_case(name, '_'))));
    Ok(variables)
}

fn statement(grant: &Grant) -> String {
    const INDENT: &str = "              ";
    let reason = grant.reason.as_ref().map(|reason| format!("{INDENT}# {reason}\n")).unwrap_or_default();
    let service = if grant.secrets.is_empty() { "dynamodb" } else { "secretsmanager" };
    let actions: Vec<_> = grant.actions.iter().map(|action| format!("{service}:{action}")).collect();
    let actions = one_or_list(&actions);
    let tables: Vec<_> = grant.tables.iter().map(|table| format!("!GetAtt {table}.Arn")).collect();
    if tables.is_empty() {
        // A secret's ARN ends in six random characters. AWS judges a name that no secret has without them.
        let arns = grant.secrets.iter().flat_map(|kind| ["-??????", ""].map(|end| format!("{SECRET}{kind}{end}")));
        let arns: String = arns.map(|arn| format!("{INDENT}    - !Sub {arn}\n")).collect();
        return format!("{reason}{INDENT}- Effect: Allow\n{INDENT}  Action: {actions}\n{INDENT}  Resource:\n{arns}");
    }
    let mut members =
        vec!["Effect: Allow".to_owned(), format!("Action: {actions}"), format!("Resource: {}", one_or_list(&tables))];
    if let Some(keys) = &grant.keys {
        let pattern = if keys.starts_with('@') { keys.clone() } else { format!("*#{keys}#*") };
        members.push(format!("Condition: {{ ForAllValues:StringLike: {{ dynamodb:LeadingKeys: [\"{pattern}\"] }} }}"));
    }
    let filled = filled(&format!("{INDENT}  "), &members);
    format!("{reason}{INDENT}- {}", filled.trim_start())
}

/// A flow mapping in lines of at most `MAX_LINE` characters.
fn filled(indent: &str, members: &[String]) -> String {
    let mut lines = vec![format!("{indent}{{")];
    for (position, member) in members.iter().enumerate() {
        let end = if position + 1 == members.len() { " }" } else { "," };
        let line = lines.last_mut().expect("a line");
        if line.len() + 1 + member.len() + end.len() > MAX_LINE {
            lines.push(format!("{indent}  {member}{end}"));
        } else {
            line.extend([" ", member, end]);
        }
    }
    lines.join("\n") + "\n"
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
