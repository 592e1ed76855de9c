//! RS256 signatures, made by the cryptography that TLS has already brought along.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// Signs `message` (RSASSA-PKCS1-v1_5 with SHA-256). `None`: the bytes are no RSA key, or one too short or too long.
pub(crate) fn rs256(pkcs8: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxyagent_core::cloud::vertex::service_account::{ServiceAccount, jwt, pkcs8};
    use proxyagent_core::time::UnixMs;
    use serde_json::Value;

    /// The signature is deterministic, so the whole token is known.
    #[test]
    fn a_service_accounts_token_is_exact() {
        let case: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/E01/case.json")).unwrap();
        let account = ServiceAccount::parse(&case["credential"]["json"].to_string()).unwrap();
        let claims = account.claims(UnixMs(case["now_unix"].as_i64().unwrap() * 1000));
        let key = pkcs8(&account.private_key).unwrap();
        let signature = rs256(&key, claims.as_bytes()).unwrap();
        assert_eq!(jwt(&claims, &signature), case["expect_jwt"]["compact"].as_str().unwrap());
        assert!(rs256(&key[..key.len() - 1], b"x").is_none());
        assert!(rs256(b"", b"x").is_none());
    }
}
