using Orleans.Configuration;

namespace AllData.Clustering;

/// <summary>
/// When a silo counts as dead. A killed silo is noticed after about two seconds, a hung one after three to four. A healthy silo is never declared
/// dead, even if it shares two processors with five others under load. A silo that finds itself declared dead ends its process (Orleans logs "I have
/// been told I am dead"; the program ends with code 75, another host aborts) and must be started again from outside. While the database is away, no
/// silo is declared dead and none can join; everything else continues.
/// </summary>
internal static class ClusterLiveness
{
    /// <summary>Sets the liveness options.</summary>
    public static void Configure(ClusterMembershipOptions options)
    {
        // Suspicion: three probes unanswered, about one a second. The timeout adapts to the answers seen, within these two.
        options.ProbeTimeout = TimeSpan.FromSeconds(1);
        options.MinProbeTimeout = TimeSpan.FromSeconds(0.75);

        // Times the missed probes it is also how long a message received on the connection proves the silo alive (3 s): the default of four
        // probe timeouts would let a hung silo count as alive for twelve.
        options.MaxProbeTimeout = TimeSpan.FromSeconds(1);
        options.NumMissedProbesLimit = 3;

        // One silo alone may be the one that is cut off.
        options.NumVotesForDeathDeclaration = 2;

        // A silo that was stopped and goes on learns at its next look into the table that it was declared dead.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(3);

        // Four missed heartbeats make an entry stale. A silo that starts while all others are dead waits that long, because it must reach each silo
        // whose entry is fresh, and the votes of dead silos count until then.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
        options.NumMissedTableIAmAliveLimit = 4;

        // Entries of dead silos help people who read logs, but a crash loop must not grow the table that every silo reads every few seconds.
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
        options.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
        options.MaxDefunctSiloEntries = 25;
    }
}
