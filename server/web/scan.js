// Reads QR codes out of pictures: by the browser, else by the package that the build brought along.

const SIDES = [1600, 1000, 640]; // pixels; a code that is lost at one size is often found at another

const nativeReader = async () => {
	if (!("BarcodeDetector" in window)) return null;
	const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
	if (!formats.includes("qr_code")) return null;
	const detector = new BarcodeDetector({ formats: ["qr_code"] });
	return async (source) => (await detector.detect(source)).map((code) => code.rawValue);
};

const sizeOf = (source) => [source.videoWidth || source.width, source.videoHeight || source.height];

// The part [x, y, width, height] (shares of 1) of the source, its longer side `side` at most.
const pixels = (canvas, source, [x, y, w, h], side) => {
	const [width, height] = sizeOf(source);
	const scale = Math.min(1, side / Math.max(width * w, height * h));
	canvas.width = Math.max(1, Math.round(width * w * scale));
	canvas.height = Math.max(1, Math.round(height * h * scale));
	const context = canvas.getContext("2d", { willReadFrequently: true });
	context.fillStyle = "#fff";
	context.fillRect(0, 0, canvas.width, canvas.height);
	context.drawImage(source, x * width, y * height, w * width, h * height,
		0, 0, canvas.width, canvas.height);
	return context.getImageData(0, 0, canvas.width, canvas.height);
};

const WHOLE = [0, 0, 1, 1];
const HALVES = [[0, 0, .5, 1], [.5, 0, .5, 1], [0, 0, 1, .5], [0, .5, 1, .5]];

const packageReader = async (url) => {
	const { decodeQR } = await import(url);
	const canvas = document.createElement("canvas");
	const read = (source, part, side) => {
		try {
			return [decodeQR(pixels(canvas, source, part, side))];
		} catch {
			return [];
		}
	};
	return async (source, thorough) => {
		if (!thorough) return read(source, WHOLE, 800);
		const found = SIDES.flatMap((side) => read(source, WHOLE, side));
		return found.concat(HALVES.flatMap((part) => read(source, part, SIDES[1])));
	};
};

// async (source, thorough) => texts; null: this browser cannot.
export const openReader = async () =>
	await nativeReader() ?? (document.body.dataset.reader ? await packageReader(document.body.dataset.reader) : null);

export const readFile = async (reader, file) => {
	const picture = await createImageBitmap(file);
	try {
		return [...new Set(await reader(picture, true))];
	} finally {
		picture.close();
	}
};

// Calls found(texts) until it says true or stop() is called. Gives stop.
export const readCamera = async (reader, video, found) => {
	const stream = await navigator.mediaDevices.getUserMedia({
		video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
	});
	let on = true;
	const stop = () => {
		on = false;
		stream.getTracks().forEach((track) => track.stop());
		video.srcObject = null;
	};
	const look = async () => {
		if (!on) return;
		const texts = video.videoWidth ? await reader(video, false).catch(() => []) : [];
		if (on && found(texts)) stop();
		else setTimeout(look, 60);
	};
	video.srcObject = stream;
	await video.play();
	look();
	return stop;
};
