-- Judges the limits of one decision at one instant, all or nothing: counts the request if no live one of them denies.
--
-- KEYS     where the limits' states are kept, each once
-- ARGV[1]  18 bytes for each key: algorithm (1), live (1), max (4), seconds (4), refill rate (4), requested units (4)
-- ARGV[2]  optional: 'look' counts nothing
-- ARGV[3]  optional: the instant, in milliseconds since 1970, instead of this server's clock
-- answers  the instant (8 bytes), then for each key its state before: since (8), count (4), previous (4), or 16 bytes
--          of 255 if there was none
--
-- All numbers are big-endian on the wire and doubles in here, so every one of them has to stay below 2^53. The
-- caller works out what is to be answered from the states before; what they mean is said in the engine's
-- `limit` module, whose functions this script follows number by number.

local SLIDING_WINDOW, TOKEN_BUCKET = 2, 3 -- 1 is the fixed window
local NONE = string.rep('\255', 16)
-- Kept beyond their expiry, as in memory: a clock that is set back gives no quota. In milliseconds.
local GRACE = 10000
-- 35,000 years; what lasts longer would overflow the server's clock.
local LONGEST = 2 ^ 50

-- a * b / c, rounded up, for a < 2^32 and b <= c < 2^42. The product may have 74 bits: where it does, it is divided
-- ten bits of `a` at a time, so that no number reaches 2^53.
local function share(a, b, c)
  if a * b < 2 ^ 53 then return math.ceil(a * b / c) end
  local quotient, rest = 0, 0
  for shift = 30, 0, -10 do
    local part = rest * 1024 + math.floor(a / 2 ^ shift) % 1024 * b
    quotient = quotient * 1024 + math.floor(part / c)
    rest = part % c
  end
  if rest > 0 then quotient = quotient + 1 end
  return quotient
end

-- The state brought forward to `now`, and the units that are left.
local function current(algorithm, max, window, refill, since, count, previous, now)
  if algorithm == TOKEN_BUCKET then
    if not since or since + window * math.ceil((max - count) / refill) <= now then return now, max, 0, max end
    local refills = math.floor(math.max(now - since, 0) / window)
    count = math.min(count + refills * refill, max)
    return since + refills * window, count, 0, count
  end
  local start = now - now % window
  if not since or since + window < start then
    since, count, previous = start, 0, 0
  elseif since < start then
    since, count, previous = start, 0, count
  end
  local left = max - count
  if algorithm == SLIDING_WINDOW then
    left = left - share(previous, math.max(window - math.max(now - since, 0), 0), window)
  else
    previous = 0
  end
  return since, count, previous, left
end

local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local states = redis.call('MGET', unpack(KEYS))
local blocked = ARGV[2] == 'look'
local taken = {}
for nth = 1, #KEYS do
  local algorithm, live, max, seconds, refill, requested = struct.unpack('>BBI4I4I4I4', ARGV[1], nth * 18 - 17)
  local window, since, count, previous = seconds * 1000
  if states[nth] and #states[nth] == 16 then
    since, count, previous = struct.unpack('>I8I4I4', states[nth])
  else
    states[nth] = NONE
  end
  local left
  since, count, previous, left = current(algorithm, max, window, refill, since, count, previous, now)
  if requested > left then
    blocked = blocked or live == 1
  else
    local windows
    if algorithm == TOKEN_BUCKET then
      count = count - requested
      windows = math.ceil((max - count) / refill)
    else
      count = count + requested
      windows = algorithm == SLIDING_WINDOW and 2 or 1
    end
    local expires = since + window * windows
    taken[nth] = { struct.pack('>I8I4I4', since, count, previous), math.min(expires - now + GRACE, LONGEST) }
  end
end
if not blocked then
  for nth, write in pairs(taken) do
    redis.call('SET', KEYS[nth], write[1], 'PX', write[2])
  end
end
return struct.pack('>I8', now) .. table.concat(states)
