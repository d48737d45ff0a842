-- wrk requests for tests/bench/run: Date and Authorization come from the environment, since wrk has
-- no HMAC. A line of the list is a license key, or a query that ends with one. What is the same in
-- all requests is made once: the generator shares the machine with the server.
local kind, path, product = os.getenv("BENCH_KIND"), os.getenv("BENCH_PATH"), os.getenv("BENCH_PRODUCT")
local head = "Host: localhost\r\nDate: " .. os.getenv("BENCH_DATE") ..
	"\r\nAuthorization: " .. os.getenv("BENCH_AUTH") .. "\r\n"
local lines = {}
for line in io.lines(os.getenv("BENCH_LIST")) do lines[#lines + 1] = line end
local threads = 0
id, n = 0, 0

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

local run, random = "", math.random

function init()
	math.randomseed(os.time() * 7 + id)
	run = os.getenv("BENCH_RUN") .. "-" .. id .. "-"
end

local make = {}
local get, rest = "GET " .. path .. "?product=" .. product .. "&", " HTTP/1.1\r\n" .. head .. "\r\n"

-- A device that is active already.
function make.check()
	return get .. lines[random(#lines)] .. rest
end

local post = "POST " .. path .. " HTTP/1.1\r\n" .. head ..
	"Content-Type: application/json\r\nContent-Length: "
local middle = '","product":"' .. product .. '","license_key":"'

-- Each a new device.
function make.activate()
	n = n + 1
	local body = '{"hardware_id":"' .. run .. n .. middle .. lines[random(#lines)]:sub(-29) .. '"}'
	return post .. #body .. "\r\n\r\n" .. body
end

request = make[kind]
