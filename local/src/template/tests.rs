use std::time::Duration;

use serde_json::json;

use super::*;

const SMALL: &str = r#"
Parameters:
  Prefix: { Type: String, Default: convene/ }
  Seconds: { Type: Number, Default: 120 }
  NoDefault: { Type: String }
  Greeting: { Type: String, Default: "true" }
Conditions:
  HasGreeting: !Equals [!Ref Greeting, "true"]
  IsSilent: !Not [!Condition HasGreeting]
  HasBoth: !And [!Condition HasGreeting, !Or [!Condition IsSilent, !Equals [!Ref Prefix, convene/]]]
Globals:
  Function:
    Timeout: 29
    Environment:
      Variables: { SECRET_PREFIX: !Ref Prefix, SHARED: globals }
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/greet/
      Role: !GetAtt Role.Arn
      Environment:
        Variables:
          THINGS_TABLE: !Ref Things
          SECONDS: !Ref Seconds
          SHARED: own
          WHERE: !Sub '${AWS::Region}/${Things}/${!kept}'
      Events:
        Say: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/greet/{name}', Method: post } }
        Clock: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      DeletionProtectionEnabled: !If [Protect, true, false]
  Api: { Type: AWS::Serverless::HttpApi }
"#;

#[test]
fn functions_have_routes_and_their_environment() {
    let template = Template::parse(SMALL, &BTreeMap::new()).expect("a template");
    let [greet] = template.functions.as_slice() else { panic!("one function") };
    assert_eq!((greet.logical_id.as_str(), greet.binary.as_str()), ("Greet", "greet"));
    assert_eq!(greet.timeout, Duration::from_secs(29));
    assert_eq!(greet.routes, [Route { method: "POST".to_owned(), path: "/greet/{name}".to_owned() }]);
    let seen: Vec<_> = greet.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("SECONDS", "120"),
            ("SECRET_PREFIX", "convene/"),
            ("SHARED", "own"),
            ("THINGS_TABLE", "Things"),
            ("WHERE", "us-east-1/Things/${kept}"),
        ]
    );
}

#[test]
fn parameters_can_be_given() {
    let given = |name| BTreeMap::from([(name, "60".to_owned())]);
    let template = Template::parse(SMALL, &given("Seconds")).expect("a template");
    assert_eq!(template.functions[0].environment["SECONDS"], "60");
    assert_eq!(template.functions[0].environment["SECRET_PREFIX"], "convene/");
    let error = Template::parse(SMALL, &given("Other")).expect_err("an error");
    assert_eq!(error, "has no parameter Other");
}

#[test]
fn a_resource_whose_condition_is_false_is_left_out() {
    let functions = |condition: &str, parameters: &BTreeMap<&str, String>| {
        let text = SMALL
            .replace("AWS::Serverless::Function", &format!("AWS::Serverless::Function\n    Condition: {condition}"));
        Template::parse(&text, parameters).map(|template| {
            assert_eq!(template.functions.is_empty(), template.left_out.contains("greet"), "{condition}");
            template.functions.len()
        })
    };
    let (default, silent) = (BTreeMap::new(), BTreeMap::from([("Greeting", "false".to_owned())]));
    for (condition, by_default, when_silent) in [("HasGreeting", 1, 0), ("IsSilent", 0, 1), ("HasBoth", 1, 0)] {
        assert_eq!(functions(condition, &default), Ok(by_default), "{condition}");
        assert_eq!(functions(condition, &silent), Ok(when_silent), "{condition}");
    }
    assert_eq!(functions("Other", &default), Err("Resources.Greet: Condition: there is no condition Other".to_owned()));
}

#[test]
fn tables_have_what_creates_them() {
    let template = Template::parse(SMALL, &BTreeMap::new()).expect("a template");
    let [things] = template.tables.as_slice() else { panic!("one table") };
    assert_eq!(things.ttl_attribute.as_deref(), Some("ttl"));
    assert_eq!(
        things.creation,
        json!({
            "TableName": "Things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        })
    );
}

#[test]
fn what_cannot_be_worked_out_says_where_it_is() {
    let with = |value: &str| SMALL.replace("!Ref Seconds", value);
    for (value, problem) in [
        ("!Ref NoDefault", "Resources.Greet: SECONDS: refers to NoDefault"),
        ("!ImportValue other", "Resources.Greet: SECONDS: !ImportValue is not understood"),
        ("[1]", "Resources.Greet: SECONDS: is neither text nor a number"),
    ] {
        let error = Template::parse(&with(value), &BTreeMap::new()).expect_err("an error");
        assert!(error.starts_with(problem), "{error}");
    }
}

#[test]
fn the_deployed_template_can_be_read() {
    let template = Template::load(&crate::default_template()).expect("template.yaml");
    assert!(!template.functions.is_empty() && !template.tables.is_empty());
    assert!(template.functions.iter().any(|function| !function.routes.is_empty()));
    for function in &template.functions {
        let is_fallback = function.routes.iter().any(|route| route.method == "ANY");
        assert!(!is_fallback || function.environment.is_empty(), "{}", function.logical_id);
    }
}

#[test]
fn a_missing_template_is_named() {
    let error = Template::load(Path::new("nowhere/template.yaml")).expect_err("an error");
    assert!(error.to_string().starts_with("nowhere/template.yaml: cannot be read"), "{error}");
}
