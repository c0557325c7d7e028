-- The load for the servers of the benchmarks, for wrk: the request of a browser (see src/request.rs), with the user agent
-- that the first argument names. `new-bots` and `new-browsers` call themselves something else with every request, which
-- takes time of the generator, so such a load has its own row without a layer.

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
}

function init(args)
  local kind = args[1] or "browser"
  local client = kind:match("^new%-(.+)s$")
  headers["User-Agent"] = user_agents[client or kind] or error("no load " .. kind)
  if not client then
    -- Without a function `request`, wrk formats one request and repeats it.
    wrk.headers = headers
    return
  end
  headers["User-Agent"] = headers["User-Agent"] .. " #"
  local template = wrk.format("GET", wrk.path, headers)
  local place = template:find("#", 1, true)
  local head, tail = template:sub(1, place - 1), template:sub(place + 1)
  local number = 0
  function request()
    number = number + 1
    return head .. number .. tail
  end
end

-- One line for `cargo xtask bench`: requests, how many were refused, faults of connections, and latencies in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  local faults = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format("result %d %d %d %d %d %d", summary.requests, errors.status, faults, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
