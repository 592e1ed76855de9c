//! A Gemini conversation as turns that take turns, with every call named and answered. Gemini knows calls without ids
//! and pairs them by name and order; everybody else needs ids, the same on every request.

use super::part::{self, Outcome, Part, Place, Shown};
use super::spelling;
use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, refused, take_text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One turn. They alternate, and the last is the user's.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn {
    Model(Vec<Said>),
    /// Answers to the calls of the turn before, all of them and in their order, then what the user says.
    User {
        answers: Vec<Answer>,
        shown: Vec<Shown>,
    },
}

/// What a model said. Texts are never neighbours.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Text(String),
    Thought(String),
    Call { id: String, name: String, args: Value, signature: Option<String> },
}

#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
}

/// The texts of `systemInstruction`.
///
/// # Errors
/// When it holds anything else.
pub(crate) fn system(instruction: Option<Value>) -> Result<Vec<String>, Problem> {
    let at = "systemInstruction";
    let mut instruction = match instruction {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(vec![text]),
        Some(other) => spelling::object(other, at)?,
    };
    let mut texts = Vec::new();
    for part in spelling::take_list(&mut instruction, "parts", at)? {
        let mut part = field::object(part, at)?;
        match take_text(&mut part, "text") {
            Some(text) if !text.is_empty() => texts.push(text),
            Some(_) => {}
            None if part.is_empty() => {}
            None => return Err(refused(at, "can only hold texts")),
        }
    }
    Ok(texts)
}

/// The turns of `contents`.
///
/// # Errors
/// When there are none, or they end with the model's.
pub(crate) fn read(contents: Vec<Value>, dropped: &mut Dropped) -> Result<Vec<Turn>, Problem> {
    let mut reader = Reader::default();
    for (index, content) in contents.into_iter().enumerate() {
        let at = format!("contents[{index}]");
        let mut content = spelling::object(content, &at)?;
        let of_model = match field::text(&content, "role") {
            "model" => true,
            "" | "user" | "function" | "tool" => false,
            _ => return Err(refused(format_args!("{at}.role"), "must be user or model")),
        };
        for (part, value) in spelling::take_list(&mut content, "parts", &at)?.into_iter().enumerate() {
            let place = Place { content: index, part };
            let part = part::read(value, place, dropped)?;
            if of_model { reader.model(part, place, dropped)? } else { reader.user(part, place)? }
        }
    }
    reader.end()
}

#[derive(Default)]
struct Reader {
    turns: Vec<Turn>,
    model: Vec<Said>,
    calls: Calls,
    /// Outcomes by the place of the call.
    answers: BTreeMap<usize, Outcome>,
    shown: Vec<Shown>,
    /// Every id in use.
    ids: BTreeSet<String>,
}

impl Reader {
    fn model(&mut self, part: Part, place: Place, dropped: &mut Dropped) -> Result<(), Problem> {
        match part {
            Part::Nothing => {}
            Part::Code => dropped.add("code execution parts"),
            Part::Shown(Shown::Text(text)) => self.says(Said::Text(text)),
            Part::Shown(_) => dropped.add("media of the model"),
            Part::Thought(text) => self.says(Said::Thought(text)),
            Part::Answer { .. } => return Err(refused(place, "a functionResponse belongs to a user turn")),
            Part::Call { id, name, args, signature } => {
                let given = id.clone().filter(|id| !self.ids.contains(id));
                let sent = given.unwrap_or_else(|| format!("call_{}_{}", place.content, place.part));
                self.ids.insert(sent.clone());
                self.says(Said::Call { id: sent.clone(), name: name.clone(), args, signature });
                self.calls.add(id, name, sent);
            }
        }
        Ok(())
    }

    fn says(&mut self, said: Said) {
        self.end_user();
        match (said, self.model.last_mut()) {
            (Said::Text(more), Some(Said::Text(text))) => text.push_str(&more),
            (said, _) => self.model.push(said),
        }
    }

    fn user(&mut self, part: Part, place: Place) -> Result<(), Problem> {
        match part {
            Part::Nothing | Part::Thought(_) => return Ok(()),
            Part::Code | Part::Call { .. } => {
                return Err(refused(place, "a functionCall or code belongs to a model turn"));
            }
            Part::Shown(shown) => self.shown.push(shown),
            Part::Answer { id, name, outcome } => match self.calls.answered(id.as_deref(), &name) {
                Some(call) => {
                    self.answers.insert(call, outcome);
                }
                None => {
                    self.shown
                        .push(Shown::Text(format!("[result of the tool call {name}] {}", outcome.text)));
                    self.shown.extend(outcome.shown);
                }
            },
        }
        self.end_model();
        Ok(())
    }

    fn end_model(&mut self) {
        if !self.model.is_empty() {
            self.turns.push(Turn::Model(std::mem::take(&mut self.model)));
        }
    }

    /// A turn of the user's, where there is anything in it. One call that nobody answered is enough.
    fn end_user(&mut self) {
        if !self.model.is_empty() {
            return;
        }
        let mut answers = Vec::new();
        for (place, id) in std::mem::take(&mut self.calls).ids.into_iter().enumerate() {
            let outcome = self.answers.remove(&place).unwrap_or_else(|| Outcome {
                text: NO_RESULT.to_owned(),
                failed: true,
                shown: Vec::new(),
            });
            answers.push(Answer { id, outcome });
        }
        let shown = std::mem::take(&mut self.shown);
        if !answers.is_empty() || !shown.is_empty() {
            self.turns.push(Turn::User { answers, shown });
        }
    }

    fn end(mut self) -> Result<Vec<Turn>, Problem> {
        self.end_model();
        self.end_user();
        match self.turns.last() {
            None => Err(refused("contents", "must say something")),
            Some(Turn::Model(_)) => Err(refused(
                "contents",
                "this model cannot go on with an answer begun for it; end with a user turn",
            )),
            Some(Turn::User { .. }) => Ok(self.turns),
        }
    }
}

/// The calls of one model turn, and which of them wait.
#[derive(Default)]
struct Calls {
    /// As sent, in order.
    ids: Vec<String>,
    by_id: BTreeMap<String, usize>,
    /// Those that came without an id.
    without_id: BTreeMap<String, VecDeque<usize>>,
    by_name: BTreeMap<String, VecDeque<usize>>,
    waiting: BTreeSet<usize>,
}

impl Calls {
    fn add(&mut self, given: Option<String>, name: String, sent: String) {
        let place = self.ids.len();
        self.ids.push(sent);
        self.waiting.insert(place);
        match given {
            Some(id) => {
                self.by_id.entry(id).or_insert(place);
            }
            None => self.without_id.entry(name.clone()).or_default().push_back(place),
        }
        self.by_name.entry(name).or_default().push_back(place);
    }

    /// The call that an answer belongs to: by its id; else the first of its name. An id that no call has was made up by
    /// the caller for a call without one.
    fn answered(&mut self, id: Option<&str>, name: &str) -> Option<usize> {
        if let Some(place) = id.and_then(|id| self.by_id.get(id))
            && self.waiting.remove(place)
        {
            return Some(*place);
        }
        let queue = if id.is_some() { &mut self.without_id } else { &mut self.by_name };
        let queue = queue.get_mut(name)?;
        while let Some(place) = queue.pop_front() {
            if self.waiting.remove(&place) {
                return Some(place);
            }
        }
        None
    }
}

const NO_RESULT: &str = "[no result]";

#[cfg(test)]
mod tests;
