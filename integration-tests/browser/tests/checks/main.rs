//! What the checks of a page notice, on pages that are made for it: each check can fail.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use browser::{Browser, Tab};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves one page, whatever is asked for.
async fn serve(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let length = page.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\
                     Content-Security-Policy: img-src http://elsewhere.example\r\n\r\n"
                );
                let _ = connection.write_all((head + page).as_bytes()).await;
            });
        }
    });
    address.to_string()
}

async fn with_page(page: &'static str, check: impl AsyncFnOnce(&Tab, &str)) {
    let host = serve(page).await;
    let browser = Browser::start(1280, 800).await.unwrap();
    browser.tab().open(&format!("http://{host}/")).await.unwrap();
    check(browser.tab(), &host).await;
}

#[tokio::test]
async fn a_quiet_page_that_fits_passes() {
    with_page("<title>x</title><p>quiet", async |tab, host| {
        let noticed = tab.noticed().await.unwrap();
        assert_eq!((noticed.errors.as_slice(), noticed.hosts), (&[][..], BTreeSet::from([host.to_owned()])));
        tab.fits().await.unwrap();
        assert!(tab.first_paint().await.unwrap() > 0.0);
        assert_eq!(
            tab.script("return [innerWidth, innerHeight]").await.unwrap(),
            serde_json::json!([1280, 800])
        );
    })
    .await;
}

#[tokio::test]
async fn faults_are_noticed() {
    let page = "<p style='width: 1400px'>wide</p><script>throw new Error('broken')</script>
        <img src='http://elsewhere.example/pixel.png'><img src='https://forbidden.example/pixel.png'>";
    with_page(page, async |tab, host| {
        let noticed = tab.noticed().await.unwrap();
        let errors = noticed.errors.join("\n");
        assert!(errors.contains("broken") && errors.contains("Security Policy"), "{errors}");
        let hosts = [host, "elsewhere.example"].map(str::to_owned);
        assert!(noticed.hosts.is_superset(&BTreeSet::from(hosts)), "{noticed:?}");
        assert!(tab.noticed().await.unwrap().errors.is_empty(), "a log is read once");
        let wide = tab.fits().await.unwrap_err().to_string();
        assert!(wide.contains("wider than the window") && wide.contains("1400px"), "{wide}");
    })
    .await;
}

#[tokio::test]
async fn keys_are_typed_where_the_focus_is() {
    with_page("<input autofocus>", async |tab, _| {
        tab.element("input:focus").await.unwrap();
        tab.press("a/b").await.unwrap();
        tab.until("it is typed", "return document.querySelector('input').value === 'a/b'").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_too_faint_is_found_and_the_rest_is_not() {
    let page = "<style>body { color: #000; background: #fff; margin: 40px } a:focus-visible { outline: 2px solid #fdd }</style>
        <p id=grey style='color: #777'>4.48 to 1</p><p id=darker style='color: #767676'>4.54 to 1</p>
        <p style='opacity: .5'><b id=half>black at half</b></p>
        <div style='background: #000'><p id=unseen>black on black</p><p style='color: #fff'>white on black</p></div>
        <p style='font-size: 24px; color: #949494'>large</p><p id=large style='font-size: 24px; color: #969696'>large</p>
        <p class=vh style='color: #fff; position: absolute; clip-path: inset(50%)'>not shown</p>
        <p hidden style='color: #fff'>not shown</p>
        <svg class=lane width=200 height=40><ellipse cx=100 cy=20 rx=200 ry=40></ellipse>
          <rect id=bar width=50 height=9 fill='#222'></rect><rect id=edged width=50 height=9 y=10 fill='#222' stroke='#fff'></rect>
          <text id=label x=90 y=30>black on black</text>
          <text x=90 y=30 style='paint-order: stroke; stroke: #fff; stroke-width: 3px'>with a halo</text></svg>
        <input id=field style='border: 1px solid #ddd'><input id=off disabled style='border: 1px solid #ddd; color: #ddd'>
        <button disabled style='color: #ddd; background: #fff'>cannot be pressed</button><a id=ring href='#'>a link</a>";
    with_page(page, async |tab, _| {
        let found = tab.contrast().await.unwrap();
        let expected =
            ["p#grey", "b#half", "p#unseen", "p#large", "rect#bar", "text#label", "input#field", "a#ring"];
        let missing: Vec<_> = expected
            .iter()
            .filter(|id| !found.faint.iter().any(|faint| faint.contains(&format!("{id}:"))))
            .collect();
        assert!(
            missing.is_empty() && found.faint.len() == expected.len(),
            "{missing:?} are not in {found:#?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_heard_is_found() {
    let page = "<h2 id=a>no first heading</h2><p id=a>twice</p><div data-live-part></div>
        <a href='#'></a><button></button><input><svg width=9 height=9><rect width=9 height=9></rect></svg>
        <table role=table aria-label=bare><tr><td>no head</td><td>at all</td></tr><tr><td>1</td><td>2</td></tr></table>
        <div aria-hidden=true><a href='#b'>silent</a></div><p aria-labelledby=gone></p>";
    with_page(page, async |tab, _| {
        let faults = tab.heard().await.unwrap().faults.join("\n");
        for expected in [
            "a link without name",
            "a button without name",
            "a textbox without name",
            "the table \"bare\" has no headers",
            "a table has no headers",
            "0 headings of the first level",
            "not one main part",
            "the id a is there twice",
            "the page has no language",
            "the page has no title",
            "a picture has no name: <svg",
            "it can have the focus, and is silent: <a",
            "aria-labelledby names gone, which is not there",
            "the page changes, and nobody is told",
        ] {
            assert!(faults.contains(expected), "{expected} is not in {faults}");
        }
    })
    .await;
}
