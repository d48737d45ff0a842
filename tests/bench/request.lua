-- wrk requests for tests/bench/run: Date and Authorization come from the environment, since wrk has
-- no HMAC. The lines of the list are equally long: a license key, or a query that ends with one. What
-- is the same in all requests is made once: the generator shares the machine with the server.
local kind, path, product = os.getenv("BENCH_KIND"), os.getenv("BENCH_PATH"), os.getenv("BENCH_PRODUCT")
local head = "Host: localhost\r\nDate: " .. os.getenv("BENCH_DATE") ..
	"\r\nAuthorization: " .. os.getenv("BENCH_AUTH") .. "\r\n"
local threads, KEY = 0, 29
local run, list, width, lines
local n = 0

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

function init()
	local file = assert(io.open(os.getenv("BENCH_LIST"), "rb"))
	list = file:read("*a")
	file:close()
	width = list:find("\n", 1, true)
	lines = #list / width
	math.randomseed(os.time() * 7 + id)
	run = os.getenv("BENCH_RUN") .. "-" .. id .. "-"
end

-- Where a line of the list ends.
local function any()
	return math.random(lines) * width - 1
end

local make = {}
local get, rest = "GET " .. path .. "?product=" .. product .. "&", " HTTP/1.1\r\n" .. head .. "\r\n"

-- A device that is active already.
function make.check()
	local last = any()
	return get .. list:sub(last - width + 2, last) .. rest
end

local post = "POST " .. path .. " HTTP/1.1\r\n" .. head ..
	"Content-Type: application/json\r\nContent-Length: "
local middle = '","product":"' .. product .. '","license_key":"'

-- Each a new device.
function make.activate()
	n = n + 1
	local last = any()
	local body = '{"hardware_id":"' .. run .. n .. middle .. list:sub(last - KEY + 1, last) .. '"}'
	return post .. #body .. "\r\n\r\n" .. body
end

request = make[kind]
