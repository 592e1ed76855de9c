//! Names of functions as Gemini takes them.

use crate::translate::{Memo, tool_name};

/// The name to send. One that does not fit is changed, and noted for the way back.
pub(crate) fn sent(name: String, memo: &mut Memo) -> String {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well || name.is_empty() {
        return tool_name::sent(name, MOST, memo);
    }
    let led = tool_name::sent(format!("_{name}"), MOST, memo);
    memo.tool_names.insert(led.clone(), name);
    led
}

/// ai.google.dev/api/caching, FunctionDeclaration: begins with a letter or `_`, 64 characters.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_sees_its_own_name() {
        let mut memo = Memo::default();
        for name in
            ["get_weather".to_owned(), "3d".to_owned(), "-x".to_owned(), "9".repeat(100), "ä".to_owned()]
        {
            let short = sent(name.clone(), &mut memo);
            assert!(short.len() <= MOST && short.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()));
            assert_eq!(memo.tool_name(&short), name);
        }
    }
}
