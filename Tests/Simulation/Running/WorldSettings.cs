using AllData.Configuration;
using AllData.Protocol.Placement;

namespace AllData.Simulation.Running;

/// <summary>What one run is like; all of it follows from the seed.</summary>
internal sealed record WorldSettings
{
    private const int CalmerBy = 5;

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>How long faults happen, simulated.</summary>
    public required TimeSpan FaultTime { get; init; }

    /// <summary>Peers at the beginning.</summary>
    public required int Peers { get; init; }

    /// <summary>Regions that they stand in.</summary>
    public required int Regions { get; init; }

    /// <summary>Orleans clusters that the store consists of; each covers a region or several.</summary>
    public int Clusters { get; init; } = 1;

    /// <summary>Zones of each region.</summary>
    public required int Zones { get; init; }

    /// <summary>Where replicas are placed.</summary>
    public required PlacementPolicy Policy { get; init; }

    /// <summary>Copysets of a coordinator.</summary>
    public required int Copysets { get; init; }

    /// <summary>How repair is set.</summary>
    public required RepairOptions Repair { get; init; }

    /// <summary>Puts in a second, on the average.</summary>
    public required double PutsPerSecond { get; init; }

    /// <summary>Time between two faults, on the average.</summary>
    public required TimeSpan FaultEvery { get; init; }

    /// <summary>Whether copies are destroyed even where no other is left.</summary>
    public required bool IsCareless { get; init; }

    /// <summary>Length of a consolidation interval.</summary>
    public required TimeSpan IntervalLength { get; init; }

    /// <summary>The options of the silos: their times fit into a run, and their blocks are small, so that puts are split.</summary>
    public AllDataOptions Options => new()
    {
        IntervalLength = IntervalLength,
        Replication = new ReplicationOptions
        {
            Factor = Policy.ReplicationFactor,
            OtherZoneReplicas = Policy.OtherZoneReplicas,
            OtherRegionReplicas = Policy.OtherRegionReplicas,
            AllowUnderReplicated = Policy.AllowUnderReplicated,
            Copysets = Copysets,
            WhenRegionCutOff = Policy.OwesCutOffRegions ? WhenRegionCutOff.Owe : WhenRegionCutOff.Keep,
        },
        Limits = new LimitOptions { MaxBlockEvents = 8, MaxBlockBytes = 4_096 },
        Maintenance = new MaintenanceOptions { CloseDelay = TimeSpan.FromSeconds(40), ClockTrust = TimeSpan.FromMinutes(3) },
        Sealing = new SealingOptions
        {
            Enabled = Sealing,
            Settle = TimeSpan.FromSeconds(20),
            Check = TimeSpan.FromSeconds(15),
            Patience = TimeSpan.FromSeconds(40),
        },
    };

    /// <summary>The step in which clocks go on.</summary>
    public required TimeSpan ClockTick { get; init; }

    /// <summary>A fault of the program that is put in.</summary>
    public PlantedBug Bug { get; init; }

    /// <summary>Readers that follow the store. Without them a seed runs as it did before there were any.</summary>
    public int Followers { get; init; }

    /// <summary>Whether intervals are sealed. A seed without runs as it did before there were certificates.</summary>
    public bool Sealing { get; init; }

    /// <summary>Whether all peers lose a block of each interval before it is sealed, and nothing but its number shows it.</summary>
    public bool LosesBlocks { get; init; }

    /// <summary>Whether one cluster says of another, live one that it was dropped. Without it a seed runs as it did before.</summary>
    public bool DropsCluster { get; init; }

    /// <summary>Whether the registry is put back to an older state now and then.</summary>
    public bool RestoresRegistry { get; init; }

    /// <summary>
    /// Whether a copy counts as a violation that repair makes before it knows all members of the copyset, and that is not meant to be; otherwise such
    /// copies are counted only.
    /// </summary>
    public bool ChecksEarlyCopies { get; init; }

    /// <summary>How long convergence may take after the last fault, simulated.</summary>
    public TimeSpan LongestQuiet { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Draws the settings of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="minutes">How long faults happen, simulated minutes.</param>
    /// <param name="peers">Peers at the beginning; null: drawn.</param>
    /// <param name="bug">A fault of the program that is put in.</param>
    /// <param name="clusters">Clusters of the store.</param>
    public static WorldSettings Draw(int seed, int minutes, int? peers = null, PlantedBug bug = PlantedBug.None, int clusters = 1)
    {
        var random = new Random(seed);
        var replicas = random.Next(2, 5);
        var count = peers ?? random.Next(replicas, 9);
        var drawn = new WorldSettings
        {
            Seed = seed,
            FaultTime = TimeSpan.FromMinutes(minutes),
            Peers = count,
            Regions = random.Next(1, 4),
            Zones = random.Next(1, 3),
            Policy = new PlacementPolicy
            {
                ReplicationFactor = replicas,
                OtherZoneReplicas = random.Next(3),
                OtherRegionReplicas = random.Next(3),
                AllowUnderReplicated = random.Next(2) == 0,
            },
            Copysets = random.Next(1, 5),
            Repair = new RepairOptions
            {
                Round = TimeSpan.FromSeconds(random.Next(2, 6)),
                Settle = TimeSpan.FromSeconds(random.Next(5, 16)),
                Sweep = random.Next(3) == 0 ? TimeSpan.FromMinutes(3) : TimeSpan.FromHours(6),
                GracePeriod = TimeSpan.FromMinutes(random.Next(2, 4)),
            },
            PutsPerSecond = 0.5 + (2 * random.NextDouble()),
            FaultEvery = TimeSpan.FromSeconds(random.Next(4, 25)),
            IsCareless = random.Next(5) == 0,
            IntervalLength = TimeSpan.FromMinutes(random.Next(2) == 0 ? 5 : 15),
            ClockTick = TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => 1, 1 => 16, _ => 1_000 }),
            Bug = bug,
        };
        return clusters == 1 ? drawn : drawn.Divide(clusters, peers, random);
    }

    /// <summary>
    /// It with short intervals that are sealed, and fewer puts, so that a long run does not take long. Every other seed is careless. The rest loses a block of
    /// each interval, and has fewer faults, so that intervals are sealed in between: what a certificate says of that is to be seen.
    /// </summary>
    public WorldSettings WithSealing() => this with
    {
        Sealing = true,
        IntervalLength = TimeSpan.FromMinutes(5),
        PutsPerSecond = PutsPerSecond / 4,
        IsCareless = IsCareless || Seed % 2 == 1,
        LosesBlocks = Seed % 2 == 0,
        FaultEvery = FaultEvery * (Seed % 2 == 0 ? CalmerBy : 1),
    };

    // Two or three peers for each cluster, and a region or two.
    private WorldSettings Divide(int clusters, int? peers, Random random) => this with
    {
        Clusters = clusters,
        Peers = Math.Max(clusters, peers ?? random.Next(2 * clusters, (3 * clusters) + 1)),
        Regions = clusters + random.Next(2),
        Policy = Policy with { OtherRegionReplicas = random.Next(1, 3), OwesCutOffRegions = random.Next(2) == 0 },
        RestoresRegistry = random.Next(2) == 0,
    };
}
