//! Pages: one file each, no network, readable without JavaScript.
//!
//! All share `base.html` and `style.css`. Every value that comes from a file is escaped, by the templates' own rule and in the block of data;
//! behind that stands a content security policy that lets no request out and no script run but the page's own, known by its hash.

mod card;
mod claims;
mod data;
mod gallery;
mod index;
mod report;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::canvas::failed;
use crate::error::ReportError;

pub use card::{Card, Figure};
pub use gallery::gallery;
pub use index::write_index;
pub use report::page;

/// A page's own parts: they go into the base, which brings the style and the policy.
pub struct Layout {
    /// A template that begins with `{% extends "base" %}` and fills the blocks `main` and, where there is any, `card` and `data`.
    pub template: &'static str,
    /// What runs in the browser; empty for a page that stands still.
    pub script: &'static str,
}

/// Renders a page. `values` needs a `title`; each string in it is escaped unless the template says `|safe`.
pub fn render(layout: &Layout, values: Value) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    // By default the ending of a template's name decides; here there is nothing but HTML.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("base", include_str!("base.html")).map_err(failed)?;
    environment.add_template("claims", include_str!("claims.html")).map_err(failed)?;
    environment.add_template("page", layout.template).map_err(failed)?;
    let shared = context! { style => include_str!("style.css"), script => layout.script, policy => policy(layout.script) };
    environment.get_template("page").map_err(failed)?.render(context! { ..values, ..shared }).map_err(failed)
}

/// Nothing may be fetched; figures may hold pictures and style attributes; the one script is known by its hash.
fn policy(script: &str) -> String {
    let scripts = if script.is_empty() { "'none'".into() } else { format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script))) };
    format!("default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'")
}

/// A value as JSON for a block of data: no `<` in it can end the block.
pub fn json(value: &impl Serialize) -> Result<String, ReportError> {
    Ok(serde_json::to_string(value).map_err(failed)?.replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser must not take for markup, in text, attributes and data.
    const HOSTILE: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;";

    #[test]
    fn names_are_text_everywhere() {
        let template = "{% extends \"base\" %}{% block main %}<p title=\"{{ title }}\">{{ title }}</p>{% endblock %}\
                        {% block data %}<script type=\"application/json\">{{ data|safe }}</script>{% endblock %}";
        let data = json(&HOSTILE).expect("text");
        let html = render(&Layout { template, script: "1;" }, context! { title => HOSTILE, data }).expect("rendered");
        assert_eq!(html.matches("<script").count(), 2, "{html}");
        assert_eq!(html.matches("</script>").count(), 2, "{html}");
        assert!(!html.contains("<img") && !html.contains("alert(1)</script"), "{html}");
        let block = html.split("application/json\">").nth(1).and_then(|t| t.split("</script>").next()).expect("a block");
        assert_eq!(serde_json::from_str::<String>(block).expect("JSON"), HOSTILE);
    }

    /// The hash is that of `openssl dgst -sha256 -binary | base64` (OpenSSL 3.0.19) over `window.ok = true;`.
    #[test]
    fn the_policy_names_the_script_by_its_hash() {
        assert!(
            policy("window.ok = true;").contains("script-src 'sha256-brEJFbdwhNtD+3GNEqieG8EUDl5O3uwckNR5MnkJ/Pk=';"),
            "{}",
            policy("window.ok = true;")
        );
        assert!(policy("").contains("script-src 'none';"));
    }
}
