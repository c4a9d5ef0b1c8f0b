//! What a page is on paper.

use anyhow::Context;
use serde_json::json;

use crate::tab::Tab;

/// Paper, upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 210 mm × 297 mm.
    A4,
    /// 8.5 in × 11 in.
    Letter,
}

impl Paper {
    /// Its width and height in inches.
    fn inches(self) -> (f64, f64) {
        match self {
            Self::A4 => (8.27, 11.69),
            Self::Letter => (8.5, 11.0),
        }
    }
}

/// A page on paper: sheets with the links on them. Of all that is printed, links can be read without decoding fonts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed {
    /// The sheets.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// How wide and how tall it is, in points.
    pub size: (f64, f64),
    /// The links, in the order of the page.
    pub links: Vec<PrintedLink>,
}

/// A link on paper.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintedLink {
    /// Where it leads.
    pub address: String,
    /// Left, bottom, right and top in points, from the lower left of the sheet.
    pub area: [f64; 4],
}

impl Tab {
    /// Prints the page, and reads what came out. The file itself is returned, too.
    ///
    /// # Errors
    ///
    /// The browser cannot print it, or what it made cannot be read.
    pub async fn print(&self, paper: Paper) -> anyhow::Result<(Printed, Vec<u8>)> {
        let (width, height) = paper.inches();
        let params = json!({
            "paperWidth": width, "paperHeight": height, "printBackground": false, "preferCSSPageSize": true,
        });
        let answer = self.devtools("Page.printToPDF", params).await?;
        let pdf = base64(answer.get("data").and_then(|data| data.as_str()).context("no data")?)?;
        Ok((Printed::read(&pdf)?, pdf))
    }
}

impl Printed {
    /// Reads what Chromium writes: each object stands as text, but for what is in streams.
    fn read(pdf: &[u8]) -> anyhow::Result<Self> {
        let text = String::from_utf8_lossy(pdf);
        let objects: Vec<(&str, &str)> = text.split("\nendobj").filter_map(object).collect();
        let links = |body: &str| {
            let list = between(body, "/Annots [", "]").unwrap_or_default();
            let names: Vec<&str> =
                list.split(" 0 R").map(str::trim).filter(|name| !name.is_empty()).collect();
            let found = names.iter().filter_map(|name| objects.iter().find(|(other, _)| other == name));
            found.filter_map(|(_, body)| link(body)).collect()
        };
        let is_sheet = |body: &&str| body.starts_with("<</Type /Page\n");
        let sheets = objects.iter().map(|(_, body)| *body).filter(is_sheet).map(|body| {
            let [_, _, width, height] = numbers(body, "/MediaBox [").context("a sheet without size")?;
            Ok(Sheet { size: (width, height), links: links(body) })
        });
        Ok(Self { sheets: sheets.collect::<anyhow::Result<_>>()? })
    }
}

/// The number and the body of `7 0 obj`.
fn object(text: &str) -> Option<(&str, &str)> {
    let (before, body) = text.split_once(" 0 obj\n")?;
    Some((before.rsplit(|c: char| !c.is_ascii_digit()).next()?, body))
}

fn link(body: &str) -> Option<PrintedLink> {
    let address = between(body, "/URI (", ")")?.replace('\\', "");
    Some(PrintedLink { address, area: numbers(body, "/Rect [")? })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

fn numbers(text: &str, start: &str) -> Option<[f64; 4]> {
    let numbers = between(text, start, "]")?.split_whitespace().map(str::parse);
    numbers.collect::<Result<Vec<f64>, _>>().ok()?.try_into().ok()
}

/// The bytes of a text in base64.
fn base64(text: &str) -> anyhow::Result<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in text.bytes().filter(|&digit| digit != b'=') {
        let value = DIGITS.iter().position(|&other| other == digit).context("no base64")?;
        bits = bits << 6 | u32::try_from(value)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff)?);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_and_links_are_read() {
        let pdf = b"%PDF-1.4\n3 0 obj\n<</ca 1>>\nendobj\n4 0 obj\n<</Type /Annot\n/Subtype /Link\n/Rect [1 2 3 4.5]\n\
            /A <</S /URI\n/URI (http://127.0.0.1/map?a=\\(b)>>>>\nendobj\n5 0 obj\n<</Type /Page\n/MediaBox [0 0 595 842]\n\
            /Annots [4 0 R]>>\nendobj\n6 0 obj\n<</Type /Pages\n/Count 1>>\nendobj\n\xff";
        let printed = Printed::read(pdf).unwrap();
        let link =
            PrintedLink { address: "http://127.0.0.1/map?a=(b".to_owned(), area: [1.0, 2.0, 3.0, 4.5] };
        assert_eq!(printed.sheets, [Sheet { size: (595.0, 842.0), links: vec![link] }]);
    }

    #[test]
    fn base64_is_read() {
        assert_eq!(base64("JVBERg==").unwrap(), b"%PDF");
        assert_eq!(base64("+/8=").unwrap(), [0xfb, 0xff]);
        assert!(base64("*").is_err());
    }
}
