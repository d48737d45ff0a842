"""The page /offline (offline-activation.md 4, 6) as a technician uses it, in a real browser."""
import io
import re
import subprocess
import time

import pytest
from browser import Browser
from licetd import LICET, run
from offline import Activation, Machine, Signed, armor, armored, dearmor
from PIL import Image
from v4 import hw

PHONE = {"viewport": {"width": 360, "height": 740}, "isMobile": True, "hasTouch": True, "deviceScaleFactor": 2}
SEND = "Get the answer"
FILE, TEXT = "#file", "Paste or type the text"


@pytest.fixture
def machine(gap):
    return gap.machine(hw())


@pytest.fixture
def request_text(machine, case):
    return armored(machine.request(case.code, license_key=case.key, facts={"hostname": "press-3"}))


def lreq(text, name="press-3.lreq"):
    return name, "application/octet-stream", text.encode()


def activation(gap, machine, text):
    (label, data), = dearmor(text.replace("\r\n", "\n"))
    assert label == "ACTIVATION"
    found = Activation(data, gap.keys())
    assert found.device_key == machine.public
    return found


def codes(folder, text, *options):
    """PNG pictures of the QR codes that the command line makes."""
    source = folder / "request.lreq"
    source.write_text(text)
    run(LICET, "offline", "qr", source, "--out", folder / "code.png", *options)
    return [path.read_bytes() for path in sorted(folder.glob("code*.png"))]


def zbar(folder, picture):
    path = folder / "shot.png"
    path.write_bytes(picture)
    done = subprocess.run(["zbarimg", "-q", "--raw", path], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


# --- ways in ---------------------------------------------------------------------------------------

def test_start_page(web):
    assert "Hand it in here" in web.text()
    web.shoot("start")


def test_file_and_every_way_back(web, gap, machine, request_text, tmp_path):
    web.choose(FILE, lreq(request_text))
    web.press(SEND)
    said = web.text()
    assert "Activated" in said and "press-3" in said
    web.shoot("answer")
    name, content = web.download("Download the file")
    held = activation(gap, machine, content)
    assert name == f"{held.serial}.lact"
    # the same object as codes, as text and as lines
    web.unfold()
    assert web.value("textarea").strip() == content.strip()
    count = web.do("return await page.locator('figure svg').count()")
    scanned = "".join(line + "\n" for i in range(count)
                      for line in zbar(tmp_path, web.picture(f"figure >> nth={i} >> svg")))
    (tmp_path / "scanned").write_text(scanned)
    (tmp_path / "typed").write_text(web.text("pre.typed"))
    for form in ("scanned", "typed"):
        shown = run(LICET, "offline", "show", tmp_path / form).stdout
        assert str(held.serial) in shown
    web.shoot("answer-open")


def test_paste(web, gap, machine, request_text):
    web.fill(TEXT, "Dear support,\n\n" + request_text + "\nregards")
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])


def typed(data):
    """Lines of 25 symbols, each with its number and a check, as offline-activation.md 4 says."""
    symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    values = [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    lines = []
    for number, at in enumerate(range(0, count, 25), 1):
        line, check = values[at:at + 25], number
        for value in line:
            check = (check * 32 + value) % 1021
        lines.append(f"{number} " + "".join(symbols[v] for v in line) + symbols[check // 32] + symbols[check % 32])
    return lines


def test_typed_lines(web, gap, machine, request_text):
    lines = typed(dearmor(request_text)[0][1])
    wrong = lines[4][:-1] + ("7" if lines[4][-1] != "7" else "8")
    web.fill(TEXT, "\n".join([*lines[:4], wrong, *lines[5:]]))
    web.press(SEND)
    assert "There is a typing mistake" in web.text() and "line 5" in web.text()
    web.fill(TEXT, "\n".join(lines).lower())
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])


def test_drop_a_file(web, gap, machine, request_text):
    web.drop(lreq(request_text))
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])


def test_photo_of_a_code(web, gap, machine, request_text, tmp_path):
    picture, = codes(tmp_path, request_text, "--bytes", 1200)
    tilted = Image.open(io.BytesIO(picture)).convert("L").rotate(7, expand=True, fillcolor=200)
    out = io.BytesIO()
    tilted.save(out, "JPEG", quality=70)
    web.choose("#photo", ("IMG_1.jpg", "image/jpeg", out.getvalue()))
    web.wait("#progress", "Scanned")
    assert web.do("return await page.evaluate(() => document.activeElement.id)") == "send"
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])


def test_parts_in_any_order_by_photo_and_drop(web, gap, machine, request_text, tmp_path):
    pictures = codes(tmp_path, request_text, "--bytes", 130)
    assert len(pictures) >= 3
    n = len(pictures)
    web.choose("#photo", ("b.png", "image/png", pictures[1]))
    web.wait("#progress", f"1 of {n} codes scanned. Still missing: 1, 3")
    web.choose("#photo", ("b.png", "image/png", pictures[1]))
    web.wait("#progress", f"1 of {n} codes scanned")
    web.shoot("parts")
    web.drop(*[(f"{i}.png", "image/png", p) for i, p in enumerate(pictures) if i != 1])
    web.wait("#progress", "Scanned.")
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])


def test_picture_without_a_code(web):
    out = io.BytesIO()
    Image.new("L", (400, 300), 180).save(out, "PNG")
    web.choose("#photo", ("wall.png", "image/png", out.getvalue()))
    web.wait("#progress", "No code of a request was found")


def y4m(path, pictures, side=720, each=8):
    """A video in which each picture is held up for a while; Chromium plays it over and over."""
    with open(path, "wb") as video:
        video.write(f"YUV4MPEG2 W{side} H{side} F10:1 Ip A1:1 C420jpeg\n".encode())
        for picture in pictures:
            frame = Image.new("L", (side, side), 190)
            code = Image.open(io.BytesIO(picture)).convert("L")
            code.thumbnail((side * 9 // 10, side * 9 // 10))
            frame.paste(code, ((side - code.width) // 2, (side - code.height) // 2))
            video.write((b"FRAME\n" + frame.tobytes() + b"\x80" * (side * side // 2)) * each)


def test_camera(modules, server, gap, machine, request_text, tmp_path):
    pictures = codes(tmp_path, request_text, "--bytes", 130)
    y4m(tmp_path / "hand.y4m", pictures)
    web = Browser("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                  f"--use-file-for-fake-video-capture={tmp_path}/hand.y4m")
    try:
        web.open(server.public + "/offline", permissions=["camera"])
        web.press("Use the camera")
        web.wait("#progress", f" of {len(pictures)} codes scanned")
        web.shoot("camera")
        web.wait("#progress", "Scanned. Now press")
        assert not web.do("return await page.locator('#video').isVisible()")
        web.check()
        web.press(SEND)
        activation(gap, machine, web.download("Download the file")[1])
        web.check()
    finally:
        web.close()


def test_without_a_camera(web):
    web.press("Use the camera")
    web.wait("#progress", "There is no camera here")


def test_built_without_a_reader(browser, server):
    """The page as configure --without-qr-reader makes it, in a browser that reads no codes itself."""
    browser.do("await (await world.open()).route('**/offline', async (route) => { const got = await route.fetch();"
               "await route.fulfill({ response: got, body: (await got.text())"
               ".replace(/ data-reader=\"[^\"]*\"/, '') }); })")
    browser.do("await page.addInitScript(() => { delete window.BarcodeDetector; }); await page.goto(arg)",
               server.public + "/offline")
    browser.wait("#progress", "The camera cannot be used for codes in this browser")
    assert browser.do("return await page.locator('#camera').isDisabled()")
    browser.check()


def test_reader_of_the_browser(browser, server, request_text):
    """BarcodeDetector is used where there is one that knows QR codes."""
    browser.do("await (await world.open()).addInitScript((lines) => { window.BarcodeDetector = class {"
               " static async getSupportedFormats() { return ['qr_code']; }"
               " async detect() { return lines.map((rawValue) => ({ rawValue })); } } }, arg)",
               ["LCT1:S:2/2:ABCD:QED8WEX0", "https://somewhere.example/"])
    browser.do("world.asked = []; await page.goto(arg)", server.public + "/offline")
    out = io.BytesIO()
    Image.new("L", (40, 30), 180).save(out, "PNG")
    browser.choose("#photo", ("a.png", "image/png", out.getvalue()))
    browser.wait("#progress", "1 of 2 codes scanned. Still missing: 1")
    assert browser.value("#text") == "LCT1:S:2/2:ABCD:QED8WEX0\n"
    asked = browser.do("return world.asked")
    assert not [url for url in asked if url.endswith("decode.js") or not url.startswith(server.public)], asked


# --- without JavaScript ------------------------------------------------------------------------------

@pytest.mark.parametrize("way", ["file", "paste"])
def test_without_javascript(browser, server, gap, machine, request_text, way):
    web = browser.open(server.public + "/offline", javaScriptEnabled=False)
    assert "JavaScript" in web.text()
    assert not web.do("return await page.locator('#camera').isVisible()")
    web.shoot("no-script")
    if way == "file":
        web.choose(FILE, lreq(request_text))
    else:
        web.fill(TEXT, request_text)
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])
    assert web.do("return await page.locator('figure svg').count()") >= 1


def test_picture_without_javascript(browser, server, request_text, tmp_path):
    picture, = codes(tmp_path, request_text, "--bytes", 1200)
    web = browser.open(server.public + "/offline", javaScriptEnabled=False)
    web.choose(FILE, ("code.png", "image/png", picture))
    web.press(SEND)
    assert "pictures of codes need JavaScript" in web.text()


# --- the other objects -------------------------------------------------------------------------------

def test_renewal_and_seat_given_back(web, gap, machine, case):
    first = gap.activation(gap.answer(machine.request(case.code, license_key=case.key)))
    refresh = machine.request(case.code, license_key=case.key, refresh=True, sequence=first.sequence)
    web.fill(TEXT, armored(refresh))
    web.press(SEND)
    second = activation(gap, machine, web.download("Download the file")[1])
    assert second.sequence > first.sequence
    web.press("Hand in another one")
    web.fill(TEXT, armor("DEACTIVATION", machine.proof(second.serial, second.sequence)))
    web.press(SEND)
    assert "Seat given back" in web.text()
    web.shoot("receipt")
    name, content = web.download("Download the file")
    (label, data), = dearmor(content.replace("\r\n", "\n"))
    assert label == "RECEIPT" and name == f"{second.serial}.lrec"
    Signed(data, "receipt", gap.keys())


def test_same_request_again(web, request_text):
    answers = []
    for _ in range(2):
        web.fill(TEXT, request_text)
        web.press(SEND)
        answers.append(web.download("Download the file")[1])
        said = web.text()
        web.press("Hand in another one")
    assert answers[0] == answers[1] and "It is the same answer" in said


def test_many_in_several_files(web, gap, case):
    case.edit(max_activations=3)
    machines = [gap.machine(hw()) for _ in range(5)]
    texts = [armored(m.request(case.code, license_key=case.key, facts={"hostname": f"host-{i}"}))
             for i, m in enumerate(machines)]
    held = gap.activation(gap.answer(texts[0]))
    proof = armor("DEACTIVATION", machines[0].proof(held.serial, held.sequence))
    # one seat is given back in the same breath: four machines want three seats
    web.choose(FILE, lreq("".join(texts[1:3]), "a.lreq"), lreq(texts[3] + proof, "b.lreq"), lreq(texts[4], "c.lreq"))
    web.press(SEND)
    said = web.text()
    assert "4 answered, 1 refused" in said and "All seats of this license are in use" in said
    assert [said.index(f"host-{i}") for i in (1, 2, 3, 4)] == sorted(said.index(f"host-{i}") for i in (1, 2, 3, 4))
    web.shoot("many")
    web.check()
    name, content = web.download("Download all answers")
    objects = dearmor(content.replace("\r\n", "\n"))
    assert name == "answers.lact"
    assert [label for label, _ in objects] == ["ACTIVATION"] * 3 + ["RECEIPT", "refused"]
    assert objects[4][1] == "license_activated_max_times"
    for m, (_, data) in zip(machines[1:4], objects):
        assert Activation(data, gap.keys()).device_key == m.public
    web.press("Codes and text")
    assert web.do("return await page.locator('figure svg').count()") >= 1


def test_print_view(web, request_text):
    web.fill(TEXT, request_text)
    web.press(SEND)
    web.press("Print view")
    said = web.text()
    assert "Scan it" in said and "Type it" in said and "press-3" in said
    assert web.do("return await page.locator('details').count()") == 0
    web.do("await page.emulateMedia({ media: 'print' })")
    assert not web.do("return await page.locator('[data-print]').isVisible()")
    assert web.do("return (await page.pdf({ format: 'A4' })).subarray(0, 4).toString()") == "%PDF"
    web.shoot("print")
    web.do("await page.emulateMedia({ media: null })")
    web.do("await page.evaluate(() => { window.print = () => { document.title = 'printed' } })")
    web.press("Print")
    assert web.do("return await page.title()") == "printed"


def test_copy(browser, server, request_text):
    web = browser.open(server.public + "/offline", permissions=["clipboard-read", "clipboard-write"])
    web.fill(TEXT, request_text)
    web.press(SEND)
    web.do("await page.getByText('Copy the text').click()")
    web.press("Copy")
    web.wait("[data-copy] + span", "Copied.")
    copied = web.do("return await page.evaluate(() => navigator.clipboard.readText())")
    assert copied.startswith("-----BEGIN LICET ACTIVATION-----")
    web.check()


# --- links from codes --------------------------------------------------------------------------------

def link_of(folder, server, text):
    picture, = codes(folder, text, "--portal", "http://portal.example")
    link, = zbar(folder, picture)
    assert re.fullmatch(r"HTTP://PORTAL\.EXAMPLE/O/[0-9A-Z]+", link)
    return server.public + link.removeprefix("HTTP://PORTAL.EXAMPLE")


@pytest.mark.parametrize("lower", [False, True])
def test_link_of_a_code(browser, server, gap, machine, request_text, tmp_path, lower):
    link = link_of(tmp_path, server, request_text)
    secret = link.rsplit("/", 1)[1]
    seats = gap.staff.get("offline/activations/", hardware_id=machine.hardware_id)["results"]
    web = browser.open(link.lower() if lower else link, **PHONE)
    assert "Your request is filled in" in web.text()
    assert gap.staff.get("offline/activations/", hardware_id=machine.hardware_id)["results"] == seats == []
    web.check()
    web.shoot("link-phone")
    web.press(SEND)
    activation(gap, machine, web.download("Download the file")[1])
    gap.send("POST", link.removeprefix(server.public), b"")
    gap.send("GET", link.removeprefix(server.public) + "/more")
    log = server.log_text().upper()
    assert '"ROUTE":"/O/' in log
    assert secret[:12] not in log, [line for line in log.splitlines() if secret[:12] in line]


def test_damaged_link(browser, server):
    web = browser.open(server.public + "/O/ABCDEFGH")
    assert "That did not work" in web.text()
    web.check()


# --- errors ------------------------------------------------------------------------------------------

def wrong_key(gap, case):
    return armored(gap.machine(hw()).request(case.code, license_key="AAAA-BBBB-CCCC-DDDD"))


def foreign_box(gap, case):
    made = Machine(hw(), (b"12345678", gap.box()[1]))
    return armored(made.request(case.code, license_key=case.key))


def too_old(gap, case):
    return armored(gap.machine(hw()).request(case.code, license_key=case.key, at=time.time() - 40 * 86400))


def disabled(gap, case):
    case.edit(enabled=False)
    return armored(gap.machine(hw()).request(case.code, license_key=case.key))


def an_answer(gap, case):
    return gap.answer(gap.machine(hw()).request(case.code, license_key=case.key)).body.decode()


def unknown_product(gap, case):
    return armored(gap.machine(hw()).request("no-such", license_key=case.key))


@pytest.mark.parametrize("make, words, code", [
    (lambda *_: "", "Nothing was handed in.", "missing_content"),
    (lambda *_: "hello there, this is no request at all", "Nothing in it looks like a request", "carrier"),
    (lambda *_: "-----BEGIN LICET REQUEST-----\nAAAA\n", "from the BEGIN line to the END line", "armor"),
    (lambda *_: "LCT1:S:1/3:ABCD:QED8WEX0", "A code is still missing.", "qr_parts_missing"),
    (lambda *_: "01 ABCDE FGHJK MNPQR STVWX YZ012 00", "There is a typing mistake.", "typed_line"),
    (wrong_key, "letter by letter", "license_not_found"),
    (foreign_box, "sealed for another server", "box_key_unknown"),
    (too_old, "Set the clock of the machine", "offline_request_expired"),
    (disabled, "The license is switched off", "license_not_enabled"),
    (an_answer, "belongs on the machine", "object_type"),
    (unknown_product, "does not know the product", "unknown_product"),
])
def test_errors_say_what_to_do(web, gap, case, make, words, code):
    text = make(gap, case)
    web.fill(TEXT, text)
    web.press(SEND)
    said = web.text()
    assert "That did not work" in said and words in said and code in said
    assert web.do("return await page.title()").startswith("Error")
    if code in ("carrier", "qr_parts_missing", "typed_line"):
        assert web.value("#text").strip() == text
    if code in ("typed_line", "license_not_found"):
        web.shoot("error-" + code)


def test_too_large(web):
    web.choose(FILE, ("disk.img", "application/octet-stream", b"x" * (2 << 20)))
    web.press(SEND)
    assert "That is too much at once" in web.text()


def test_what_is_shown_is_escaped(web, gap, case):
    nasty = "<img src=x onerror=alert(1)>\"'&amp;"
    two = [gap.machine(hw()) for _ in range(2)]
    web.fill(TEXT, "".join(armored(m.request(case.code, license_key=case.key, facts={"hostname": nasty}))
                           for m in two))
    web.press(SEND)
    assert nasty in web.text()
    web.press("Hand in another one")
    web.fill(TEXT, "</textarea><script>alert(1)</script>")
    web.press(SEND)
    assert web.value("#text") == "</textarea><script>alert(1)</script>"


# --- looks -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, options", [
    ("phone", PHONE), ("dark", {"colorScheme": "dark"}), ("phone-dark", {**PHONE, "colorScheme": "dark"}),
    ("forced", {"forcedColors": "active"})])
def test_looks(browser, server, request_text, name, options):
    web = browser.open(server.public + "/offline", **options)
    web.check()
    web.shoot("start-" + name)
    web.fill(TEXT, "LCT1:S:1/3:ABCD:QED8WEX0")
    web.press(SEND)
    web.check()
    web.shoot("error-" + name)
    web.fill(TEXT, request_text)
    web.press(SEND)
    web.unfold()
    web.check()
    web.shoot("answer-" + name)


def test_keyboard_alone(web, gap, machine, request_text):
    """From the top to the answer with Tab, typing and Enter."""
    seen = []
    for _ in range(20):
        web.do("await page.keyboard.press('Tab')")
        seen.append(web.do("return await page.evaluate(() => document.activeElement.id)"))
        if seen[-1] == "text":
            web.do("await page.keyboard.insertText(arg)", request_text)
        if seen[-1] == "send":
            break
    assert [s for s in seen if s] == ["file", "camera", "picture", "text", "send"]
    web.do("await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])")
    activation(gap, machine, web.download("Download the file")[1])
