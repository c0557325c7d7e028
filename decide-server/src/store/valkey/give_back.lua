-- Gives back what a decision took, because another part of the same decision, on another node, was denied.
--
-- KEYS     where the limits' states are kept, each once
-- ARGV[1]  21 bytes for each key: algorithm (1), max (4), seconds (4), units (4), and the `since` of the state in which
--          they were counted (8), big-endian
-- answers  how many of them were given back
--
-- Whatever was counted meanwhile stays counted. Units of a window that has become the previous one come off there; of
-- an older one there is nothing to give back. A bucket that was refilled meanwhile keeps what it lost: part of it may
-- have come back with the refill, and no quota may come from nowhere.

local SLIDING_WINDOW, TOKEN_BUCKET = 2, 3

local given = 0
for nth = 1, #KEYS do
  local algorithm, max, seconds, units, taken_in = struct.unpack('>BI4I4I4I8', ARGV[1], nth * 21 - 20)
  local window = seconds * 1000
  local state = redis.call('GET', KEYS[nth])
  if state and #state == 16 then
    local since, count, previous = struct.unpack('>I8I4I4', state)
    local changed = true
    if since == taken_in then
      if algorithm == TOKEN_BUCKET then
        count = math.min(count + units, max)
      else
        count = math.max(count - units, 0)
      end
    elseif algorithm == SLIDING_WINDOW and since == taken_in + window then
      previous = math.max(previous - units, 0)
    else
      changed = false
    end
    if changed then
      redis.call('SET', KEYS[nth], struct.pack('>I8I4I4', since, count, previous), 'KEEPTTL')
      given = given + 1
    end
  end
end
return given
