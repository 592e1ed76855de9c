//! Two of the proofs a call collects on its way: its token is live, and its scope covers the call. Both types have
//! private constructors, so a call that skipped a check does not compile.

use crate::call::ModelRef;
use crate::problem::Problem;
use crate::time::UnixMs;
use crate::token::Token;
use std::sync::Arc;

/// A token that was neither revoked nor expired when it was looked at. Admission looks again.
#[derive(Debug, Clone)]
pub struct Live {
    token: Arc<Token>,
}

/// A live token that may make this call.
#[derive(Debug, Clone)]
pub struct Allowed {
    token: Arc<Token>,
}

impl Token {
    /// # Errors
    /// [`Problem::TokenRevoked`] before [`Problem::TokenExpired`]. A token is expired from its very millisecond on.
    pub fn live(self: Arc<Self>, now: UnixMs) -> Result<Live, Problem> {
        match (self.revoked, self.expires) {
            (Some(_), _) => Err(Problem::TokenRevoked),
            (None, Some(expires)) if expires <= now => Err(Problem::TokenExpired(expires)),
            (None, _) => Ok(Live { token: self }),
        }
    }
}

impl Live {
    pub fn token(&self) -> &Arc<Token> {
        &self.token
    }

    /// A scope that covers what was asked is enough, whatever the operator routes it to; so is one that covers where
    /// the operator routes it.
    ///
    /// # Errors
    /// [`Problem::OutOfScope`] with what was asked: where it would have gone is the operator's business.
    pub fn allow(self, asked: &ModelRef, target: &ModelRef) -> Result<Allowed, Problem> {
        if self.token.scope.covers(asked) || self.token.scope.covers(target) {
            Ok(Allowed { token: self.token })
        } else {
            Err(Problem::OutOfScope(asked.clone()))
        }
    }

    /// # Errors
    /// As if there were no such tool: what a token may not run it does not see either.
    pub(crate) fn allow_tool(self, name: &str) -> Result<Allowed, Problem> {
        if self.token.scope.covers_tool(name) {
            Ok(Allowed { token: self.token })
        } else {
            Err(Problem::tool_unknown(name))
        }
    }
}

impl Allowed {
    pub fn token(&self) -> &Arc<Token> {
        &self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;

    fn token(scope: &str, expires: Option<i64>, revoked: Option<i64>) -> Arc<Token> {
        Arc::new(Token {
            id: "tok_1".to_owned(),
            label: "ci".to_owned(),
            scope: Scope::parse(&[scope.to_owned()], &crate::provider::Directory::builtin()).unwrap(),
            version: 1,
            expires: expires.map(UnixMs),
            revoked: revoked.map(UnixMs),
            rate_limit: None,
            budget: None,
            window: None,
            group: None,
            token_rate: None,
            concurrency: None,
            tools: false,
        })
    }

    #[test]
    fn liveness_table() {
        for (expires, revoked, want) in [
            (None, None, Ok(())),
            (Some(101), None, Ok(())),
            (Some(100), None, Err(Problem::TokenExpired(UnixMs(100)))),
            (Some(0), None, Err(Problem::TokenExpired(UnixMs(0)))),
            (None, Some(200), Err(Problem::TokenRevoked)),
            (Some(1), Some(1), Err(Problem::TokenRevoked)),
        ] {
            let live = token("*", expires, revoked).live(UnixMs(100));
            assert_eq!(live.map(|_| ()), want, "{expires:?} {revoked:?}");
        }
    }

    #[test]
    fn scope_covers_the_question_or_the_route() {
        let asked = ModelRef { provider: "anthropic", model: "claude-opus-5-5".to_owned() };
        let target = ModelRef { provider: "mock", model: "mock".to_owned() };
        for (scope, good) in [
            ("anthropic:claude-*", true),
            ("mock", true),
            ("*", true),
            ("openai", false),
            ("anthropic:gpt-*", false),
        ] {
            let allowed = token(scope, None, None).live(UnixMs(0)).unwrap().allow(&asked, &target);
            match allowed {
                Ok(allowed) => assert!(good && allowed.token().id == "tok_1", "{scope}"),
                Err(problem) => assert!(!good && problem == Problem::OutOfScope(asked.clone()), "{scope}"),
            }
        }
    }
}
