use super::*;
use serde_json::json;

fn turns(contents: Value) -> Vec<Turn> {
    let Value::Array(contents) = contents else { panic!() };
    read(contents, &mut Dropped::default()).unwrap()
}

fn call(id: Option<&str>, name: &str) -> Value {
    json!({"functionCall": {"id": id, "name": name}})
}

fn answer(id: Option<&str>, name: &str, text: &str) -> Value {
    json!({"functionResponse": {"id": id, "name": name, "response": {"output": text}}})
}

/// The ids of all answers, each with its text.
fn answers(contents: Value) -> Vec<(String, String)> {
    let turns = turns(contents).into_iter();
    let all =
        turns.filter_map(|turn| if let Turn::User { answers, .. } = turn { Some(answers) } else { None });
    all.flatten().map(|answer| (answer.id, answer.outcome.text)).collect()
}

#[test]
fn answers_find_their_calls() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    for (why, calls, given, want) in [
        (
            "ids, the other way around",
            json!([call(Some("a"), "f"), call(Some("b"), "f")]),
            json!([answer(Some("b"), "f", "2"), answer(Some("a"), "f", "1")]),
            vec![pair("a", "1"), pair("b", "2")],
        ),
        (
            "no ids: by name, in order",
            json!([call(None, "f"), call(None, "g"), call(None, "f")]),
            json!([answer(None, "g", "2"), answer(None, "f", "1"), answer(None, "f", "3")]),
            vec![pair("call_0_0", "1"), pair("call_0_1", "2"), pair("call_0_2", "3")],
        ),
        (
            "ids made up by the caller",
            json!([call(None, "f"), call(Some("b"), "f")]),
            json!([answer(Some("f-1"), "f", "1"), answer(Some("b"), "f", "2")]),
            vec![pair("call_0_0", "1"), pair("b", "2")],
        ),
        (
            "answers without the ids that calls have",
            json!([call(Some("a"), "f"), call(Some("b"), "f")]),
            json!([answer(None, "f", "1"), answer(None, "f", "2")]),
            vec![pair("a", "1"), pair("b", "2")],
        ),
        (
            "one id twice",
            json!([call(Some("a"), "f"), call(Some("a"), "g")]),
            json!([answer(Some("a"), "f", "1")]),
            vec![pair("a", "1"), pair("call_0_1", NO_RESULT)],
        ),
        (
            "nobody's",
            json!([call(Some("a"), "f")]),
            json!([answer(Some("x"), "f", "1")]),
            vec![pair("a", NO_RESULT)],
        ),
    ] {
        let contents = json!([{"role": "model", "parts": calls}, {"role": "user", "parts": given}]);
        assert_eq!(answers(contents), want, "{why}");
    }
}

#[test]
fn turns_alternate_and_calls_are_answered_at_once() {
    let contents = json!([
        {"parts": {"text": "a"}},
        {"role": "user", "parts": [{"text": "b"}, {}]},
        {"role": "model", "parts": [{"text": "x"}, {"text": ""}]},
        {"role": "model", "parts": [{"text": "y"}, call(None, "f")]},
        {"role": "model", "parts": [{"text": "z"}]},
        {"role": "function", "parts": [answer(None, "f", "1")]},
        {"role": "model", "parts": [call(None, "f")]},
    ]);
    let turns = turns(contents);
    let shape: Vec<_> = turns
        .iter()
        .map(|turn| match turn {
            Turn::Model(said) => format!("model {}", said.len()),
            Turn::User { answers, shown } => format!("user {} {}", answers.len(), shown.len()),
        })
        .collect();
    assert_eq!(shape, ["user 0 2", "model 3", "user 1 0", "model 1", "user 1 0"]);
}

#[test]
fn an_answer_says_what_it_says() {
    for (response, text, failed) in [
        (json!({"output": "x"}), "x", false),
        (json!({"result": "x"}), "x", false),
        (json!({"error": "x"}), "x", true),
        (json!({"output": {"a": 1}}), r#"{"output":{"a":1}}"#, false),
        (json!({"output": "x", "code": 0}), r#"{"output":"x","code":0}"#, false),
        (json!({"error": {"code": 1}}), r#"{"error":{"code":1}}"#, true),
        (json!({"error": null, "output": "x"}), r#"{"error":null,"output":"x"}"#, false),
        (json!({}), "", false),
    ] {
        let part = json!({"function_response": {"name": "f", "response": response}});
        let place = Place { content: 0, part: 0 };
        let Part::Answer { outcome, .. } = part::read(part, place, &mut Dropped::default()).unwrap() else {
            panic!()
        };
        assert_eq!((outcome.text.as_str(), outcome.failed), (text, failed));
    }
}
