//! What must not be overlooked among all that is printed.

const WIDTH: usize = 76;

/// Prints lines in a box, which is as wide as its lines.
pub(crate) fn say(lines: &[String]) {
    eprintln!("{}", framed(lines));
}

fn framed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count() + 4).fold(WIDTH, usize::max);
    let edge = "#".repeat(width);
    let inner = width - 4;
    let lines: Vec<String> = lines.iter().map(|line| format!("# {line:<inner$} #")).collect();
    format!("{edge}\n{}\n{edge}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_box_is_as_wide_as_the_box() {
        for text in ["short".to_owned(), "x".repeat(100)] {
            let framed = framed(&[text.clone(), "other".to_owned()]);
            let widths: Vec<usize> = framed.lines().map(str::len).collect();
            assert_eq!(widths, [WIDTH.max(text.len() + 4); 4]);
        }
    }
}
