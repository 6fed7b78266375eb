using System.Globalization;
using System.IO.Hashing;
using System.Text;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using Microsoft.Extensions.Logging;

namespace AllData.Streaming;

/// <summary>
/// Up to where the subscriptions of a queue have been given their events, kept as the position of a named consumer: the next silo that Orleans gives the queue
/// to goes on there. Called by one caller at a time.
/// </summary>
internal sealed partial class QueuePosition(IConsumerPositions positions, ConsumerName name, string holder, TimeProvider time, ILogger<QueuePosition> logger)
{
    /// <summary>It is kept so often, at most, while events are given.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Where no event was given in between, the next silo finds that out by looking at what is between.
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(30);

    // Another silo has taken it, or an operator has set it. If Orleans leaves the queue to this silo, it goes on then.
    private static readonly TimeSpan TakeAgainAfter = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger = logger;
    private ConsumerPosition? _held;
    private Task _keeping = Task.CompletedTask;
    private (long Since, TimeSpan Length)? _pause;
    private long _keptAt;

    /// <summary>The position; null: the queue is a new one, or this silo does not hold it.</summary>
    public EventKey? Value => _held?.Position;

    /// <summary>The consumer under which the position of a queue is kept.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="topic">The topic whose stream lies in the queue; null: that of all events.</param>
    public static ConsumerName ConsumerOf(string provider, Topic? topic)
    {
        var name = topic is null ? $"orleans-stream.{provider}" : $"orleans-stream.{provider}.{topic}";

        // No topic begins with a dot, so that this is the name of no other one.
        return ConsumerName.TryParse(name, out var whole) ? whole : ConsumerName.Parse(string.Create(
            CultureInfo.InvariantCulture, $"orleans-stream.{provider}..{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{topic}")):x16}"));
    }

    /// <summary>Takes it, where that is not done yet.</summary>
    /// <returns>False: this silo may give no events now.</returns>
    public async Task<bool> TryTakeAsync()
    {
        if (_held is not null)
        {
            return true;
        }

        if (_pause is { } pause && time.GetElapsedTime(pause.Since) < pause.Length)
        {
            return false;
        }

        try
        {
            _held = await positions.TakeAsync(name, holder, start: null);
            return true;
        }
        catch (Exception e)
        {
            LogNotTaken(e, name);
            _pause = (time.GetTimestamp(), Period);
            return false;
        }
    }

    /// <summary>Keeps a position in the background, where it is time to.</summary>
    /// <param name="position">All events up to this key are given.</param>
    /// <param name="isGiven">Whether any was given since it was kept.</param>
    /// <returns>Whether it is being kept.</returns>
    public bool Keep(EventKey position, bool isGiven)
    {
        if (!_keeping.IsCompleted || position <= Value || (Value is not null && time.GetElapsedTime(_keptAt) < (isGiven ? Period : IdlePeriod)))
        {
            return false;
        }

        _keptAt = time.GetTimestamp();
        _keeping = KeepAsync(position);
        return true;
    }

    /// <summary>Keeps the last position, before another silo goes on.</summary>
    /// <param name="position">All events up to this key are given; null: not known.</param>
    /// <param name="bound">How long it may take. What could not be kept is given again.</param>
    public async Task LeaveAsync(EventKey? position, TimeSpan bound)
    {
        try
        {
            await _keeping.WaitAsync(bound, time);
            if (position is { } last && !(last <= Value))
            {
                await KeepAsync(last).WaitAsync(bound, time);
            }
        }
        catch (TimeoutException e)
        {
            LogNotKept(e, name);
        }
    }

    private async Task KeepAsync(EventKey position)
    {
        if (_held is not { } held)
        {
            return;
        }

        try
        {
            _held = await positions.MoveAsync(name, held.Mark, position);
        }
        catch (Exception e) when (e is ConsumerMovedException or ConsumerNotFoundException)
        {
            LogLost(name, e.Message);
            _held = null;
            _pause = (time.GetTimestamp(), TakeAgainAfter);
        }
        catch (Exception e)
        {
            LogNotKept(e, name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The position of consumer {Consumer} could not be taken; the stream waits for it")]
    private partial void LogNotTaken(Exception failure, ConsumerName consumer);

    [LoggerMessage(LogLevel.Warning, "The position of consumer {Consumer} could not be kept: what is given meanwhile may be given again")]
    private partial void LogNotKept(Exception failure, ConsumerName consumer);

    [LoggerMessage(LogLevel.Warning, "This silo does not hold the position of consumer {Consumer} any more: {Reason}")]
    private partial void LogLost(ConsumerName consumer, string reason);
}
