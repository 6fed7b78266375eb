namespace AllData.Simulation.Running;

/// <summary>What is written down of a run.</summary>
internal enum TraceKind
{
    Started,
    Killed,
    Announced,
    Topology,
    Formed,
    Sent,
    Lost,
    Stored,
    Refused,
    Acknowledged,
    Failed,
    Completed,
    Mended,
    Damaged,
    Wiped,
    Scanned,
    Fault,
    Healed,
    RoundFailed,
    Converged,
    Sealed,
    NotSealed,
}

/// <summary>The course of a run as one number, so that two runs can be compared; on request also as lines for a person.</summary>
internal sealed class Trace(Timeline timeline, TextWriter? lines)
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    /// <summary>Stands for everything that was written down, in its order.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    /// <summary>Writes something down.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="who">The number of the machine; -1: the world; less: the registry of another cluster than the first.</param>
    /// <param name="what">More about it.</param>
    /// <param name="number">A number that stands for the rest, such as a digest.</param>
    public void Note(TraceKind kind, int who, string what = "", long number = 0)
    {
        Mix((ulong)timeline.Elapsed.Ticks);
        Mix(((ulong)(uint)kind << 32) | (uint)who);
        Mix((ulong)number);
        foreach (var c in what)
        {
            Mix(c);
        }

        lines?.WriteLine($"{timeline.Elapsed:hh\\:mm\\:ss\\.fff} {NameOf(who),-6} {kind,-12} {what} {(number == 0 ? "" : number)}");
    }

    private static string NameOf(int who) => who switch
    {
        -1 => "world",
        < 0 => $"r{-1 - who}",
        _ => $"p{who}",
    };

    private void Mix(ulong value) => Hash = ulong.RotateLeft((Hash ^ value) * Prime, 29);
}
