-- wrk requests for tests/bench/run: signed headers and bodies come from the environment, since wrk
-- has no HMAC; one Date is good for the whole run.
local headers = { ["Date"] = os.getenv("BENCH_DATE"), ["Authorization"] = os.getenv("BENCH_AUTH") }
local kind = os.getenv("BENCH_KIND")
local product, run = os.getenv("BENCH_PRODUCT"), os.getenv("BENCH_RUN")
local keys = {}
for line in io.lines(os.getenv("BENCH_KEYS")) do keys[#keys + 1] = line end
local threads = 0
local id, n = 0, 0

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

function init()
	math.randomseed(id + 1)
	headers["Content-Type"] = "application/json"
end

local make = {}

-- A device that is active already: fill made device d-K for license K.
function make.check()
	local k = math.random(#keys)
	return wrk.format("GET", "/api/v4/check_license?hardware_id=d-" .. k .. "&product=" .. product ..
		"&license_key=" .. keys[k], headers)
end

-- Each a new device.
function make.activate()
	n = n + 1
	local k = (n * 2 + id) % #keys + 1
	return wrk.format("POST", os.getenv("BENCH_PATH"), headers, '{"hardware_id":"' .. run .. "-" .. id ..
		"-" .. n .. '","product":"' .. product .. '","license_key":"' .. keys[k] .. '"}')
end

function make.static()
	return wrk.format("GET", "/")
end

request = make[kind]
