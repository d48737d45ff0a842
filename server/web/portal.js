// What the page can do beyond a plain form: drop files, read codes, copy, print.
import { openReader, readCamera, readFile } from "./scan.js";

const $ = (id) => document.getElementById(id);
document.documentElement.classList.add("scripted");

// --- codes -------------------------------------------------------------------------------

const NO_READER = "The camera cannot be used for codes in this browser. Use the file, or let another program " +
	"read the code and paste its text below.";
const isOurs = (text) => /^LCT1:[A-Z]:/.test(text) || /^HTTPS?:\/\/[^/]+\/O\//i.test(text);

let reader;
const getReader = async () => {
	reader ??= openReader().catch(() => null);
	return reader;
};

const say = (text) => { $("progress").textContent = text; };

// { whole: number of objects that are complete, sets: of those that come in parts }
const state = (text) => {
	const sets = new Map();
	let whole = 0;
	for (const line of new Set(text.split(/\s*\n\s*/))) {
		const part = /^LCT1:([A-Z]):(\d+)\/(\d+):([0-9A-F]{4}):/.exec(line);
		if (!part) {
			whole += isOurs(line);
			continue;
		}
		const name = part[1] + part[3] + part[4];
		if (!sets.has(name)) sets.set(name, { n: Number(part[3]), seen: new Set() });
		sets.get(name).seen.add(Number(part[2]));
	}
	return { whole, sets: [...sets.values()] };
};

// What the text box holds, in words; true: nothing is missing.
const show = () => {
	const { whole, sets } = state($("text").value);
	const open = sets.find((set) => set.seen.size < set.n);
	$("bar").hidden = !open;
	if (open) {
		$("bar").max = open.n;
		$("bar").value = open.seen.size;
		const missing = Array.from({ length: open.n }, (_, i) => i + 1).filter((i) => !open.seen.has(i));
		say(`${open.seen.size} of ${open.n} codes scanned. Still missing: ${missing.join(", ")}.`);
		return false;
	}
	const done = whole + sets.length;
	if (done) say(done > 1 ? `${done} requests scanned.` : "Scanned. Now press “Get the answer”.");
	return done > 0;
};

// True: something new came in and nothing is missing now.
const collect = (texts) => {
	const box = $("text");
	const fresh = texts.filter((text) => isOurs(text) && !box.value.split("\n").includes(text));
	if (!fresh.length) return false;
	if (box.value && !box.value.endsWith("\n")) box.value += "\n";
	box.value += fresh.join("\n") + "\n";
	return show();
};

const readPictures = async (files) => {
	const read = await getReader();
	if (!read) return say(NO_READER);
	say("Looking for a code …");
	let found = 0;
	for (const file of files) {
		const texts = (await readFile(read, file).catch(() => [])).filter(isOurs);
		found += texts.length;
		collect(texts);
	}
	if (found) {
		if (show()) $("send").focus();
	} else {
		say("No code of a request was found in the picture. Go nearer, hold still, avoid reflections, and try again.");
	}
};

let stopCamera = null;
const endCamera = () => {
	stopCamera?.();
	stopCamera = null;
	$("view").hidden = true;
	$("camera").hidden = false;
};

const cameraFault = (error) => ({
	NotAllowedError: "The camera was not allowed. Allow it in the browser, or take a photo instead.",
	NotFoundError: "There is no camera here. Choose a photo of the code instead.",
}[error.name] ?? "The camera cannot be used. Take a photo instead.");

const startCamera = async () => {
	const read = await getReader();
	if (!read) return say(NO_READER);
	if (!navigator.mediaDevices) return say("The browser gives the camera to https pages only. Take a photo instead.");
	$("view").hidden = false;
	$("camera").hidden = true;
	say("Hold the code in front of the camera.");
	try {
		stopCamera = await readCamera(read, $("video"), (texts) => {
			const done = collect(texts);
			if (done) {
				endCamera();
				$("send").focus();
			}
			return done;
		});
		$("stop").focus();
	} catch (error) {
		endCamera();
		say(cameraFault(error));
	}
};

// --- files -------------------------------------------------------------------------------

// Pictures are read here, the others stay in the form.
const takeFiles = (list) => {
	const pictures = [...list].filter((file) => file.type.startsWith("image/"));
	if (pictures.length) {
		const rest = new DataTransfer();
		[...list].filter((file) => !pictures.includes(file)).forEach((file) => rest.items.add(file));
		$("file").files = rest.files;
		readPictures(pictures);
	} else {
		$("file").files = list;
	}
};

const allowDrop = (area) => {
	for (const name of ["dragenter", "dragover"])
		document.addEventListener(name, (event) => {
			event.preventDefault();
			area.classList.add("over");
		});
	document.addEventListener("dragleave", (event) => {
		if (!event.relatedTarget) area.classList.remove("over");
	});
	document.addEventListener("drop", (event) => {
		event.preventDefault();
		area.classList.remove("over");
		if (event.dataTransfer.files.length) takeFiles(event.dataTransfer.files);
	});
};

if ($("scan")) {
	allowDrop($("drop"));
	$("file").addEventListener("change", () => takeFiles($("file").files));
	$("picture").addEventListener("click", () => $("photo").click());
	$("photo").addEventListener("change", () => readPictures([...$("photo").files]));
	$("camera").addEventListener("click", startCamera);
	$("stop").addEventListener("click", endCamera);
	window.addEventListener("pagehide", endCamera);
	if (!document.body.dataset.reader && !("BarcodeDetector" in window)) {
		$("camera").disabled = $("picture").disabled = true;
		say(NO_READER);
	} else {
		show();
	}
}

// --- answers -----------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copy]"))
	button.addEventListener("click", async () => {
		const box = button.closest("details").querySelector("textarea");
		box.select();
		const done = await navigator.clipboard?.writeText(box.value).then(() => true, () => false) ||
			document.execCommand("copy");
		button.nextElementSibling.textContent = done ? "Copied." : "Press Ctrl+C to copy.";
	});
for (const button of document.querySelectorAll("[data-print]"))
	button.addEventListener("click", () => window.print());
