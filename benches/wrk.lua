-- The load for the servers of the benchmarks, for wrk: the request of a browser (see src/request.rs), with the user agent
-- that the first argument names. `new-bots` are bots of which each calls itself something else, so that none of them is
-- in a cache; every kind of load formats its requests anew, so that all of them cost the generator the same.

local headers = {
  ["Host"] = "shop.example.com",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  ["Accept-Language"] = "en-US,en;q=0.5",
  ["Accept-Encoding"] = "gzip, deflate, br, zstd",
  ["Referer"] = "https://shop.example.com/articles?page=2",
  ["Cookie"] = "session=6f1c2b7a9d3e4f508192a3b4c5d6e7f8; theme=dark; consent=necessary",
  ["Upgrade-Insecure-Requests"] = "1",
  ["Sec-Fetch-Dest"] = "document",
  ["Sec-Fetch-Mode"] = "navigate",
  ["Sec-Fetch-Site"] = "same-origin",
  ["Priority"] = "u=0, i",
}
local user_agents = {
  ["browser"] = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  ["bot"] = "curl/8.14.1",
  ["new-bots"] = "curl/8.14.1 ",
}
local head, tail, number

function init(args)
  local kind = args[1] or "browser"
  headers["User-Agent"] = (user_agents[kind] or error("no load " .. kind)) .. "#"
  local request = wrk.format("GET", wrk.path, headers)
  local place = request:find("#", 1, true)
  head, tail = request:sub(1, place - 1), request:sub(place + 1)
  number = kind == "new-bots" and 1 or nil
end

function request()
  if number then
    number = number + 1
    return head .. number .. tail
  end
  return head .. tail
end

-- One line for `cargo xtask bench`: requests, how many were refused, faults of connections, and latencies in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  local faults = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format("result %d %d %d %d %d %d", summary.requests, errors.status, faults, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
