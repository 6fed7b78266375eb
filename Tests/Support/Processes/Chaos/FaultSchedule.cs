namespace AllData.Tests.Support;

/// <summary>
/// Which faults come, from a seed: two rows of them side by side, so that one or two peers are in trouble at a time. Copies are destroyed on one peer
/// only, so that no schedule destroys more than the replication survives. Any peer may die, hang and come back.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="peers">Number of peers.</param>
internal sealed class FaultSchedule(int seed, int peers)
{
    private static readonly FaultKind[] Harmless = [FaultKind.Kill, FaultKind.Pause, FaultKind.Restart];
    private static readonly FaultKind[] Severe = [FaultKind.Wipe, FaultKind.FullDisk, FaultKind.FlippedBytes];

    /// <summary>The peer whose copies are destroyed.</summary>
    public int Victim { get; } = new Random(seed).Next(peers);

    /// <summary>The peer whose disk becomes full.</summary>
    public int SmallDisk => (Victim + 2) % peers;

    /// <summary>Faults that leave every disk as it is, one after the other, without end.</summary>
    public IEnumerable<Fault> HarmlessRow()
    {
        for (var random = new Random(seed + 1); ;)
        {
            yield return Next(random, Harmless[random.Next(Harmless.Length)]);
        }
    }

    /// <summary>All severe ones in a random order; again and again.</summary>
    public IEnumerable<Fault> SevereRow()
    {
        for (var random = new Random(seed + 2); ;)
        {
            foreach (var kind in Shuffled(random))
            {
                yield return Next(random, kind);
            }
        }
    }

    private static FaultKind[] Shuffled(Random random)
    {
        FaultKind[] kinds = [.. Severe];
        random.Shuffle(kinds);
        return kinds;
    }

    private Fault Next(Random random, FaultKind kind)
    {
        var peer = kind switch
        {
            FaultKind.Wipe or FaultKind.FlippedBytes => Victim,
            FaultKind.FullDisk => SmallDisk,
            _ => random.Next(peers),
        };
        return new Fault(kind, peer, TimeSpan.FromSeconds(2 + (8 * random.NextDouble())), TimeSpan.FromSeconds(1 + (5 * random.NextDouble())), random.Next());
    }
}
