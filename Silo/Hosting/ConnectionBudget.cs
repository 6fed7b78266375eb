namespace AllData.Silo.Hosting;

/// <summary>
/// How many connections a silo takes at each of its ports, so that all of them together leave it the descriptors that it needs itself: for data,
/// databases, other silos.
/// </summary>
/// <param name="Http">At the HTTP port.</param>
/// <param name="Port">At each other port: for Orleans clients, for other silos, for peers of other clusters, for original nodes.</param>
internal sealed record ConnectionBudget(int Http, int Port)
{
    /// <summary>Descriptors that a silo needs in addition to its connections; it has about 300 when nothing is connected.</summary>
    public const int Own = 448;

    /// <summary>Fewest descriptors with which a silo can work.</summary>
    public const int Least = 640;

    /// <summary>The budget: two shares of what is left for HTTP, one for each of the other ports.</summary>
    /// <param name="descriptors">What the process may open; null when there is no limit.</param>
    /// <param name="peerPorts">How many ports the silo has for peers, beside those for HTTP, clients and silos.</param>
    public static ConnectionBudget Of(long? descriptors, int peerPorts)
    {
        // Each port may hold one more for a moment: the one that it refuses.
        var left = Math.Min((descriptors ?? int.MaxValue) - Own - (3 + peerPorts), int.MaxValue);
        var share = (int)Math.Max(1, left / (4 + peerPorts));
        return new ConnectionBudget(2 * share, share);
    }

    /// <summary>A sentence when there are too few descriptors to start with; otherwise null.</summary>
    public static string? ComplaintOf(long? descriptors) => descriptors is not < Least
        ? null
        : $"This process may open {descriptors} files and connections; a silo needs {Least} at least. "
            + "Raise the limit: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd.";
}
