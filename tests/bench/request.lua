-- wrk requests for tests/bench/run: Date and Authorization come from the environment, since wrk has
-- no HMAC. The lines of the list are equally long: a license key, or a query that ends with one. What
-- is the same in all requests is made once: the generator shares the machine with the server.
local kind, path, product = os.getenv("BENCH_KIND"), os.getenv("BENCH_PATH"), os.getenv("BENCH_PRODUCT")
local head = "Host: localhost\r\nDate: " .. os.getenv("BENCH_DATE") ..
	"\r\nAuthorization: " .. os.getenv("BENCH_AUTH") .. "\r\n"
local threads, KEY = 0, 29
local run, list, width, lines
local n = 0

-- The list is mapped, for it is long and each thread has a Lua of its own.
local ffi = require("ffi")
ffi.cdef [[
int open(const char *, int);
void *mmap(void *, size_t, int, int, int, long);
]]
local O_RDONLY, PROT_READ, MAP_PRIVATE = 0, 1, 2

local function map(name)
	local file = assert(io.open(name, "rb"))
	local line, size = assert(file:read("*l")), file:seek("end")
	file:close()
	local at = ffi.C.mmap(nil, size, PROT_READ, MAP_PRIVATE, ffi.C.open(name, O_RDONLY), 0)
	return ffi.cast("const char *", at), #line + 1, size / (#line + 1)
end

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

function init()
	list, width, lines = map(os.getenv("BENCH_LIST"))
	math.randomseed(os.time() * 7 + id)
	run = os.getenv("BENCH_RUN") .. "-" .. id .. "-"
end

-- Where a line of the list begins.
local function any()
	return list + (math.random(lines) - 1) * width
end

local make = {}
local get, rest = "GET " .. path .. "?product=" .. product .. "&", " HTTP/1.1\r\n" .. head .. "\r\n"

-- A device that is active already.
function make.check()
	return get .. ffi.string(any(), width - 1) .. rest
end

local post = "POST " .. path .. " HTTP/1.1\r\n" .. head ..
	"Content-Type: application/json\r\nContent-Length: "
local middle = '","product":"' .. product .. '","license_key":"'

-- Each a new device.
function make.activate()
	n = n + 1
	local key = ffi.string(any() + width - 1 - KEY, KEY)
	local body = '{"hardware_id":"' .. run .. n .. middle .. key .. '"}'
	return post .. #body .. "\r\n\r\n" .. body
end

request = make[kind]
