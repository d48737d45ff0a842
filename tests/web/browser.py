"""Debian's Chromium, driven by playwright-core (package.json) through driver.mjs."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from licetd import BUILD, TOP

HERE = Path(__file__).resolve().parent
MODULES = BUILD / "tests-web"


def install():
    done = subprocess.run([TOP / "tools" / "web-packages", HERE, MODULES], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stderr


class Browser:
    def __init__(self, *options):
        chromium = shutil.which("chromium")
        assert chromium, "no chromium: tools/install-packages check"
        self.process = subprocess.Popen(
            ["node", HERE / "driver.mjs", chromium, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "WEB_MODULES": str(MODULES)})

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0

    def do(self, code, arg=None):
        self.process.stdin.write(json.dumps({"code": code, "arg": arg}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def open(self, url, **options):
        """A fresh browser profile on that page."""
        self.do("await (await world.open(arg.options)).goto(arg.url)", {"url": url, "options": options})
        return self

    # --- what a person does -----------------------------------------------------------------

    def fill(self, label, text):
        self.do("await page.getByLabel(arg[0]).fill(arg[1])", [label, text])

    def press(self, name):
        """Presses a button or follows a link by its name."""
        self.do("await page.getByRole('button', { name: arg, exact: true })"
                ".or(page.getByRole('link', { name: arg, exact: true })).first().click();"
                "await page.waitForLoadState()", name)

    def choose(self, label, *files):
        """files: (name, type, bytes)"""
        self.do("await page.locator(arg.at).setInputFiles(arg.files.map((f) =>"
                " ({ name: f[0], mimeType: f[1], buffer: Buffer.from(f[2], 'hex') })))",
                {"at": label, "files": [(n, t, b.hex()) for n, t, b in files]})

    def unfold(self):
        self.do("await page.locator('details').evaluateAll((list) => list.forEach((d) => { d.open = true; }))")

    def drop(self, *files):
        self.do("const data = await page.evaluateHandle((files) => {"
                "  const data = new DataTransfer();"
                "  for (const [name, type, hex] of files) data.items.add(new File("
                "    [new Uint8Array(hex.match(/../g).map((x) => parseInt(x, 16)))], name, { type }));"
                "  return data; }, arg);"
                "for (const kind of ['dragenter', 'dragover', 'drop'])"
                "  await page.dispatchEvent('#drop', kind, { dataTransfer: data });",
                [(n, t, b.hex()) for n, t, b in files])

    def download(self, name):
        """(file name, content) of what a button downloads."""
        return self.do(
            "const waits = page.waitForEvent('download');"
            "await page.getByRole('button', { name: arg, exact: true }).first().click();"
            "const got = await waits; const parts = [];"
            "for await (const part of await got.createReadStream()) parts.push(part);"
            "return [got.suggestedFilename(), Buffer.concat(parts).toString()]", name)

    def text(self, at="main"):
        return self.do("return await page.locator(arg).first().innerText()", at)

    def value(self, at):
        return self.do("return await page.locator(arg).first().inputValue()", at)

    def wait(self, at, text):
        """Until that element says the text."""
        self.do("await page.locator(arg[0]).filter({ hasText: arg[1] }).first().waitFor()", [at, text])

    def picture(self, at="svg"):
        """PNG of an element, as a camera would see it."""
        return bytes.fromhex(self.do(
            "return (await page.locator(arg).first().screenshot()).toString('hex')", at))

    # --- what must hold on every page -------------------------------------------------------

    def check(self):
        """axe-core finds nothing, and nothing was refused by the content security policy."""
        found = self.do(
            "const source = (await import('node:fs')).readFileSync(world.axe, 'utf8');"
            "const client = await page.context().newCDPSession(page);"
            "const { frameTree } = await client.send('Page.getFrameTree');"
            "const { executionContextId } = await client.send('Page.createIsolatedWorld',"
            "  { frameId: frameTree.frame.id });"
            "const run = async (expression) => { const done = await client.send('Runtime.evaluate',"
            "  { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });"
            "  if (done.exceptionDetails) throw new Error(JSON.stringify(done.exceptionDetails));"
            "  return done.result.value; };"
            "await run(source);"
            "return await run(`axe.run(document, { resultTypes: ['violations'] }).then((r) =>"
            "  r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html)]))`)")
        assert not found, found
        faults = self.do("return world.faults")
        assert not faults, faults
        wide = self.do("return await page.evaluate(() => document.documentElement.scrollWidth"
                       " - document.documentElement.clientWidth)")
        assert wide <= 0, "wider than the screen"

    def shoot(self, name):
        """Into LICET_PICTURES, to be looked at."""
        folder = os.environ.get("LICET_PICTURES")
        if folder:
            self.do("await page.screenshot({ path: arg, fullPage: true })", f"{folder}/{name}.png")
