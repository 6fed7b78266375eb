namespace AllData.Batching.Gateways;

/// <summary>
/// A way to a gateway: a coordinator's grain key. An Orleans client uses one gateway for a key as long as that gateway lives; the ordinal in the keys
/// that it hands out shows which one.
/// </summary>
/// <param name="connect">Makes the coordinator's reference, which an Orleans client can only do once it has been connected.</param>
/// <param name="ordinal">The gateway's ordinal; null until it has handed out a key.</param>
internal sealed class Gateway(Func<IPutCoordinatorGrain> connect, int? ordinal)
{
    /// <summary>If a call is in flight for longer, the gateway hangs: others are preferred until it answers.</summary>
    public static readonly TimeSpan SilenceBound = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstAvoidance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestAvoidance = TimeSpan.FromSeconds(2);

    // Further doublings are cut off by the longest avoidance anyway.
    private const int MaxDoublings = 5;

    private IPutCoordinatorGrain? _coordinator;
    private TimeSpan _avoidedUntil = TimeSpan.MinValue;
    private TimeSpan _lastSign;
    private int _failures;

    /// <summary>A gateway whose coordinator is known.</summary>
    public Gateway(IPutCoordinatorGrain coordinator, int? ordinal) : this(() => coordinator, ordinal)
    {
    }

    /// <summary>The coordinator. Made when it is first used: a client is built before Orleans has been connected.</summary>
    /// <exception cref="TimeoutException">Orleans is not connected yet.</exception>
    public IPutCoordinatorGrain Coordinator => _coordinator ??= Connect();

    /// <summary>The ordinal in the keys that it handed out last; null before the first.</summary>
    public int? Ordinal { get; private set; } = ordinal;

    /// <summary>Whether its gateway is known to belong to the client's store.</summary>
    public bool IsVerified { get; set; }

    /// <summary>Whether it has said that it knows topics.</summary>
    public bool TakesTopics { get; set; }

    /// <summary>Whether it is not known to refuse topics.</summary>
    public bool MayTakeTopics => TakesTopics || !IsVerified;

    /// <summary>Its keys that no event has yet.</summary>
    public KeyCache Keys { get; } = new();

    /// <summary>Ends with the call for more keys, if one is in flight.</summary>
    public Task Refilling { get; set; } = Task.CompletedTask;

    /// <summary>How far the gateway is from the client.</summary>
    public GatewayProximity Distance { get; set; } = GatewayProximity.Elsewhere;

    public int Batches { get; private set; }

    public int Events { get; private set; }

    /// <summary>When it may be used again after a failure; null if it may be used now.</summary>
    public TimeSpan? AvoidedUntil(TimeSpan now) => _avoidedUntil > now ? _avoidedUntil : null;

    /// <summary>Whether calls are in flight and no answer has come for long.</summary>
    public bool IsSilent(TimeSpan now) => Batches > 0 && now - _lastSign > SilenceBound;

    /// <summary>A batch leaves.</summary>
    public void OnSent(int events, TimeSpan now)
    {
        _lastSign = Batches == 0 ? now : _lastSign;
        Batches++;
        Events += events;
    }

    /// <summary>A batch is no longer in flight, however it ended.</summary>
    public void OnEnded(int events)
    {
        Batches--;
        Events -= events;
    }

    /// <summary>The gateway has answered.</summary>
    public void OnAnswered(TimeSpan now)
    {
        _lastSign = now;
        _failures = 0;
    }

    /// <summary>The gateway did not answer or cannot serve: it is avoided for a short time, which grows with repeated failures.</summary>
    /// <param name="now">The client's clock.</param>
    /// <param name="hint">The delay that it requests, if it answered; zero otherwise. It is bounded too: a wrong hint must not close the way for
    /// long.</param>
    public void OnFailed(TimeSpan now, TimeSpan hint)
    {
        var grown = FirstAvoidance * (1 << Math.Min(_failures++, MaxDoublings));
        var asked = hint > grown ? hint : grown;
        _avoidedUntil = now + (asked < LongestAvoidance ? asked : LongestAvoidance);
        _lastSign = now;
    }

    private IPutCoordinatorGrain Connect()
    {
        try
        {
            return connect();
        }
        catch (Exception e)
        {
            // Orleans' own words name an interface without an implementation: it learns of grains as it connects. Tried again like a lost gateway.
            throw new TimeoutException("The Orleans client is not connected to the cluster yet.", e);
        }
    }

    /// <summary>The key now leads to this gateway: for the first time, or because the former gateway is gone, and its keys with it.</summary>
    public void MoveTo(int ordinal)
    {
        // A gateway to be verified is asked for its store, but the first one has just been asked.
        IsVerified &= Ordinal is null;
        TakesTopics &= Ordinal is null;
        Ordinal = ordinal;
        Keys.Clear();
    }
}
