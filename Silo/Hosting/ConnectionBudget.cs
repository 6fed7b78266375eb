namespace AllData.Silo.Hosting;

/// <summary>
/// How many connections a silo takes at each of its ports, so that all of them together leave it the descriptors that it needs itself: for data,
/// databases, other silos.
/// </summary>
/// <param name="Http">At the HTTP port.</param>
/// <param name="Gateway">At the port for Orleans clients.</param>
/// <param name="Silo">At the port for other silos.</param>
internal sealed record ConnectionBudget(int Http, int Gateway, int Silo)
{
    /// <summary>Descriptors that a silo needs in addition to its connections; it has about 300 when nothing is connected.</summary>
    public const int Own = 448;

    /// <summary>Fewest descriptors with which a silo can work.</summary>
    public const int Least = 640;

    /// <summary>The budget: half of what is left for HTTP, a quarter for each of the other ports.</summary>
    /// <param name="descriptors">What the process may open; null when there is no limit.</param>
    /// <param name="wantedHttp">The configured maximum of HTTP connections.</param>
    public static ConnectionBudget Of(long? descriptors, int wantedHttp)
    {
        var left = Math.Min((descriptors ?? int.MaxValue) - Own, int.MaxValue);
        var quarter = (int)Math.Max(1, left / 4);
        return new ConnectionBudget((int)Math.Min(wantedHttp, 2L * quarter), quarter, quarter);
    }

    /// <summary>A sentence when there are too few descriptors to start with; otherwise null.</summary>
    public static string? ComplaintOf(long? descriptors) => descriptors is not < Least
        ? null
        : $"This process may open {descriptors} files and connections; a silo needs {Least} at least. "
            + "Raise the limit: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd.";
}
