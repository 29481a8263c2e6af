"""Documents of each format, made here."""

import io

import docx
import pytest
import typst

POLICY = """
#set page(paper: "us-letter", header: [Example Bank credit policy], numbering: "1")
#set par(justify: true)
#set text(hyphenate: true, lang: "en")
= Consumer credit policy
== 1. Eligibility
An applicant whose debt-to-income ratio is above 43% is declined. #lorem(60)

- First condition
- Second condition
  - Nested condition

+ Step one
+ Step two

== 2. Limits
#table(columns: 3,
  [*Band*], [*Minimum score*], [*Limit*],
  [A], [720], [\\$20,000],
  [B], [660], [\\$10,000 after a review by the credit officer on duty and by the committee],
  [C], [600], [\\$2,000])

After the table. #lorem(700)

*Exceptions in bold*

#lorem(500) The last words.
"""


@pytest.fixture(scope="session")
def pdf() -> bytes:
    return typst.compile(POLICY.encode(), format="pdf", ignore_system_fonts=True)


@pytest.fixture(scope="session")
def word() -> bytes:
    document = docx.Document()
    document.add_heading("Credit policy", 0)
    document.add_heading("Eligibility", 1)
    paragraph = document.add_paragraph("An applicant must be ")
    paragraph.add_run("of age").bold = True
    paragraph.add_run(".").add_break()
    paragraph.add_run("Résumé, עברית, 🙂.")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("inner", style="List Bullet 2")
    document.add_paragraph("first", style="List Number")
    document.add_paragraph("second", style="List Number")
    table = document.add_table(3, 2)
    for (row, column), text in {
        (0, 0): "Band",
        (0, 1): "Limit",
        (1, 0): "A|B",
        (1, 1): "9",
    }.items():
        table.cell(row, column).text = text
    table.cell(2, 0).merge(table.cell(2, 1)).text = "wide"
    document.add_heading("Limits", 2)
    document.add_paragraph("The end.")
    document.part.relate_to(
        "https://example.invalid/template.dotm",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate",
        is_external=True,
    )
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


@pytest.fixture(scope="session")
def page() -> bytes:
    return """<!doctype html><html><head><title>Not shown</title><style>p {}</style></head><body>
<nav><a href="https://example.invalid/">Menu</a></nav>
<h1>Credit <em>policy</em></h1>
<p>An&nbsp;applicant   must be <b>of age</b>.<br>Résumé, עברית, 🙂.<img src="https://example.invalid/x.png">
<ul><li>one<ul><li>inner</ul>more</li><li><p>two</p><p>still two</p></ul>
<ol type="a" start="3"><li>third<li>fourth</ol>
<h2>Limits</h2>
<table><caption>Bands</caption><tr><th>Band<th>Limit<tr><td rowspan="2">A|B<td>9<tr><td>8
<tr><td colspan="2">wide</table>
<table><tr><td><p>Only placed</table>
<pre>  a
    b</pre>
<p hidden>Hidden</p><p style="display: none">Hidden too</p><script>var a = "<div>"</script>
<p>The end.<footer>Imprint</footer></body></html>""".encode()
