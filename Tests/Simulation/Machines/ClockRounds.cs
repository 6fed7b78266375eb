using AllData.Protocol.Clocks;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Asks the other silos what their clocks show, and knows what the silo cannot: which of them are right.</summary>
internal sealed class ClockRounds(World world, SimulatedSilo silo)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Machine, (TimeSpan At, bool IsRight)> _answers = [];

    /// <summary>Whether at the last round the own clock was right and most of the others that had answered lately were.</summary>
    public bool WereRight { get; private set; }

    /// <summary>Asks again and again.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(Period, silo.Time);
            await CompareAsync();
        }
    }

    /// <summary>Asks once.</summary>
    public async Task CompareAsync()
    {
        var others = silo.Silos.OthersThatRun().ToList();
        var samples = await Task.WhenAll(others.Select(AskAsync));
        silo.Clock.Take(samples.OfType<ClockSample>(), [.. others.Select(static m => m.Id)]);
        var since = world.Timeline.Elapsed - TimeSpan.FromMilliseconds(ClockAgreement.SampleAge);
        var lately = _answers.Where(a => a.Value.At >= since && others.Contains(a.Key)).ToList();
        WereRight = silo.Machine.Clock.Offset == TimeSpan.Zero && lately.Count(static a => a.Value.IsRight) * 2 > lately.Count;
    }

    private async Task<ClockSample?> AskAsync(Machine other)
    {
        var sent = silo.Clock.Monotonic;
        try
        {
            var (reading, isRight) = await world.Network
                .CallAsync(silo, other, static o => Task.FromResult((o.Clock.Read(), o.Machine.Clock.Offset == TimeSpan.Zero)))
                .WaitAsync(AnswerBound, silo.Time);
            _answers[other] = (world.Timeline.Elapsed, isRight);
            return new ClockSample(other.Id, reading, sent, silo.Clock.Monotonic);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            return null;
        }
    }
}
