//! What an operator says about models whose name in a cloud is not the vendor's: `claude-opus-5-5=arn:…, gpt-5.4=mine`.

use super::names::Name;

/// Vendor's name → the cloud's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelMap(Vec<(String, Name)>);

impl ModelMap {
    /// Reads `name=other` pairs with commas or line ends between them. `check` judges each right-hand side.
    ///
    /// # Errors
    /// What is wrong, to be written behind the list.
    pub fn parse(
        text: &str,
        check: impl Fn(&str) -> Result<Name, &'static str>,
    ) -> Result<Self, &'static str> {
        let mut pairs: Vec<(String, Name)> = Vec::new();
        for pair in text.split([',', '\n']).map(str::trim).filter(|pair| !pair.is_empty()) {
            let (model, other) =
                pair.split_once('=').ok_or("is no list of the form model=name,model=name")?;
            let (model, other) = (model.trim(), other.trim());
            if model.is_empty() {
                return Err("names no model before a =");
            }
            if pairs.iter().any(|(known, _)| known == model) {
                return Err("names a model twice");
            }
            pairs.push((model.to_owned(), check(other)?));
        }
        Ok(Self(pairs))
    }

    pub fn get(&self, model: &str) -> Option<&Name> {
        self.0.iter().find(|(known, _)| known == model).map(|(_, other)| other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::cloud::names::AZURE_DEPLOYMENT;

    #[test]
    fn table() {
        let parse = |text| ModelMap::parse(text, |name| AZURE_DEPLOYMENT.check(name));
        let map = parse(" a=b ,\nc = d-e ,,").unwrap();
        let get = |model| map.get(model).map(Name::as_str);
        assert_eq!((get("a"), get("c"), get("x")), (Some("b"), Some("d-e"), None));
        assert_eq!(parse(""), Ok(ModelMap::default()));
        for (text, says) in
            [("a", "model=name"), ("=b", "no model"), ("a=b/c", "deployment"), ("a=b,a=c", "twice")]
        {
            assert!(parse(text).unwrap_err().contains(says), "{text}");
        }
    }
}
