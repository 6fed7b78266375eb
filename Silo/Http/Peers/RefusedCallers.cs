namespace AllData.Silo.Http.Peers;

/// <summary>
/// Says once which caller was refused at the peer port, and why: one that tries again all the time does not fill the log, nor does one that comes from
/// everywhere.
/// </summary>
internal sealed partial class RefusedCallers(TimeProvider time, ILogger<RefusedCallers> logger)
{
    /// <summary>Different refusals that are told in each <see cref="Window"/>.</summary>
    public const int MostTold = 100;

    /// <summary>After this they are told again.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly HashSet<(string Address, string Reason)> _told = [];
    private long _since = time.GetTimestamp();

    /// <summary>A caller is refused.</summary>
    /// <param name="address">Its address, without the port.</param>
    /// <param name="reason">The end of a sentence.</param>
    public void OnRefused(string address, string reason)
    {
        bool isNew, isLast;
        lock (_gate)
        {
            if (time.GetElapsedTime(_since) >= Window)
            {
                _told.Clear();
                _since = time.GetTimestamp();
            }

            isNew = _told.Count < MostTold && _told.Add((address, reason));
            isLast = isNew && _told.Count == MostTold;
        }

        if (isNew)
        {
            LogRefused(address, reason);
        }

        if (isLast)
        {
            LogMany(MostTold, Window);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A caller from {Address} is refused at the peer port: {Reason}. Said once an hour")]
    private partial void LogRefused(string address, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} different refusals at the peer port within {Window}: no more of them are told")]
    private partial void LogMany(int count, TimeSpan window);
}
