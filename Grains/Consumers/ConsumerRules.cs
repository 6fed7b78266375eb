using AllData.Errors;
using AllData.Events;

namespace AllData.Consumers;

/// <summary>
/// The rules of a consumer's position: it goes on, and back only by a reset; its holder is known by a number. Each change answers with the state to keep, or
/// with the same one where nothing changes.
/// </summary>
internal static class ConsumerRules
{
    /// <summary>Characters of what a holder calls itself; more are cut.</summary>
    public const int MaxHolder = 100;

    /// <summary>How far ahead of the registry's clock a position may lie: clocks differ.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(1);

    /// <summary>A holder takes the consumer, which is made where it is not there.</summary>
    public static ConsumerState Take(ConsumerState state, string holder, EventKey? start, DateTimeOffset now)
    {
        if (state.Epoch == 0 && start is { } position)
        {
            RefuseFuture(position, kept: null, now);
        }

        var at = now.ToUnixTimeMilliseconds();
        var made = state.Epoch > 0 ? state : new ConsumerState { Position = $"{start}", WrittenAt = at, CreatedAt = at };
        return made with { Epoch = NextEpoch(state, at), Holder = Shown(holder), HeldSince = at };
    }

    /// <summary>The holder has acknowledged what lies up to a position.</summary>
    public static ConsumerState Move(ConsumerName name, ConsumerState state, ConsumerMark seen, EventKey position, DateTimeOffset now)
    {
        RefuseMissing(name, state);
        var kept = PositionOf(state);
        if (seen.Epoch == state.Epoch && kept == position)
        {
            // Its answer was lost, and it comes again.
            return state;
        }

        RefuseMoved(name, state, seen);
        RefuseFuture(position, kept, now);
        return position < kept
            ? throw new InvalidPositionException(
                $"{position} lies before {kept}, the position of consumer '{name}', which goes back only by a reset.")
            { Kept = kept }
            : state with { Position = $"{position}", WrittenAt = now.ToUnixTimeMilliseconds() };
    }

    /// <summary>An order sets the position, wherever it was.</summary>
    public static ConsumerState Reset(ConsumerName name, ConsumerState state, ConsumerMark? seen, EventKey position, DateTimeOffset now)
    {
        if (seen is not null)
        {
            RefuseMissing(name, state);
        }

        if (seen is not null || state.Epoch > 0)
        {
            RefuseMoved(name, state, seen);
        }

        RefuseFuture(position, PositionOf(state), now);
        var at = now.ToUnixTimeMilliseconds();
        return new ConsumerState
        {
            Epoch = NextEpoch(state, at),
            Position = $"{position}",
            Holder = "",
            WrittenAt = at,
            HeldSince = at,
            CreatedAt = state.Epoch > 0 ? state.CreatedAt : at,
        };
    }

    /// <summary>The state as it is told; null if there is no such consumer.</summary>
    public static ConsumerPosition? Describe(ConsumerName name, ConsumerState state) => state.Epoch == 0 ? null : new ConsumerPosition
    {
        Name = name,
        Position = PositionOf(state),
        Epoch = state.Epoch,
        Holder = state.Holder,
        WrittenAt = DateTimeOffset.FromUnixTimeMilliseconds(state.WrittenAt),
        HeldSince = DateTimeOffset.FromUnixTimeMilliseconds(state.HeldSince),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(state.CreatedAt),
    };

    // By the clock, too: a consumer that was deleted and made again, or an older database, must not bring a former holder's number back.
    private static long NextEpoch(ConsumerState state, long now) => Math.Max(state.Epoch + 1, now);

    private static EventKey? PositionOf(ConsumerState state) => EventKey.TryParse(state.Position, out var position) ? position : null;

    private static string Shown(string? holder)
    {
        var text = ReadableText.Escape(holder ?? "");
        return text.Length <= MaxHolder ? text : text[..MaxHolder];
    }

    private static void RefuseMissing(ConsumerName name, ConsumerState state)
    {
        if (state.Epoch == 0)
        {
            throw new ConsumerNotFoundException(name.Value);
        }
    }

    private static void RefuseMoved(ConsumerName name, ConsumerState state, ConsumerMark? seen)
    {
        var kept = PositionOf(state);
        if (seen?.Epoch == state.Epoch && seen.Position == kept)
        {
            return;
        }

        var written = DateTimeOffset.FromUnixTimeMilliseconds(state.WrittenAt);
        var holder = state.Holder.Length > 0 ? $"'{state.Holder}'" : "no holder";
        throw new ConsumerMovedException(
            $"Consumer '{name}' is at {(kept is null ? "the present" : kept)}, written {written:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}, with {holder} "
            + $"(number {state.Epoch}): not where it was when it was looked at. Take it again to go on from there, or leave it to that holder.")
        {
            Position = kept,
            WrittenAt = written,
            Epoch = state.Epoch,
            Holder = state.Holder,
        };
    }

    // What is put until then would be taken for acknowledged.
    private static void RefuseFuture(EventKey position, EventKey? kept, DateTimeOffset now)
    {
        if (position.UnixMilliseconds > (now + Ahead).ToUnixTimeMilliseconds())
        {
            throw new InvalidPositionException($"{position} lies in the future: events that are put until then would be passed over.") { Kept = kept };
        }
    }
}
