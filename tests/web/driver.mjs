// A browser that does what a test says: one line of JSON in ({code, arg}), one out ({value} or
// {error}). code is the body of an async function of (page, arg, world); world.open(options) gives a
// fresh page, which the later lines see. argv: the browser, then its options.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.env.WEB_MODULES + "/");
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const [executablePath, ...args] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });

const world = { page: null, faults: [], axe };
world.open = async (options = {}) => {
	await world.page?.context().close();
	const context = await browser.newContext(options);
	world.page = await context.newPage();
	world.faults = [];
	world.page.on("console", (line) => {
		if (["error", "warning"].includes(line.type()) && !/status of 4\d\d/.test(line.text()))
			world.faults.push(line.text());
	});
	world.page.on("pageerror", (error) => world.faults.push(String(error)));
	world.page.on("request", (request) => world.asked?.push(request.url()));
	return world.page;
};

const Body = (async () => {}).constructor;
for await (const line of createInterface({ input: process.stdin })) {
	let answer;
	try {
		const { code, arg } = JSON.parse(line);
		answer = { value: (await new Body("page", "arg", "world", code)(world.page, arg, world)) ?? null };
	} catch (error) {
		answer = { error: String(error?.stack ?? error) };
	}
	process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
