using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>One direction of the way between two clusters. The other direction is another one, and may hold while this one is cut.</summary>
/// <param name="timeline">When messages arrive.</param>
/// <param name="random">Which are lost, doubled and late.</param>
/// <param name="distance">The shortest delay of a message.</param>
internal sealed class SimulatedLink(Timeline timeline, Random random, TimeSpan distance)
{
    private int _cuts;
    private int _mended;

    /// <summary>Whether nothing comes through.</summary>
    public bool IsCut => _cuts > 0;

    /// <summary>How it behaves now.</summary>
    public LinkWeather Weather { get; set; } = LinkWeather.Fair;

    /// <summary>Nothing comes through for a while. Several cuts end one by one.</summary>
    public void Cut(TimeSpan duration)
    {
        _cuts++;
        var before = _mended;
        timeline.After(duration, () => _cuts -= before == _mended ? 1 : 0);
    }

    /// <summary>Messages are lost, doubled and late for a while.</summary>
    public void Disturb(LinkWeather weather, TimeSpan duration)
    {
        Weather = weather;
        timeline.After(duration, () => Weather = Weather == weather ? LinkWeather.Fair : Weather);
    }

    /// <summary>It is as good as new.</summary>
    public void Mend()
    {
        _mended++;
        (_cuts, Weather) = (0, LinkWeather.Fair);
    }

    /// <summary>Carries a message.</summary>
    public void Carry(Action arrive)
    {
        if (IsCut || random.NextDouble() < Weather.Loss)
        {
            return;
        }

        timeline.After(Delay(), arrive);
        if (random.NextDouble() < Weather.Duplication)
        {
            timeline.After(Delay(), arrive);
        }
    }

    private TimeSpan Delay() => distance + TimeSpan.FromTicks(random.NextInt64(Weather.Jitter.Ticks));
}
