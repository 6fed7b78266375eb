namespace AllData.Protocol.Topologies;

/// <summary>The slowest of the last answers. Safe for several threads.</summary>
/// <param name="window">Of at least so many answers, and of fewer than twice as many.</param>
internal sealed class SlowestTime(int window)
{
    private readonly Lock _changing = new();
    private double _former;
    private double _current;
    private int _count;

    /// <summary>How long it took, milliseconds; 0 before the first answer.</summary>
    public double Milliseconds
    {
        get
        {
            lock (_changing)
            {
                return Math.Max(_former, _current);
            }
        }
    }

    /// <summary>An answer came.</summary>
    /// <param name="took">After this many milliseconds.</param>
    public void Add(double took)
    {
        lock (_changing)
        {
            if (_count == window)
            {
                (_former, _current, _count) = (_current, 0, 0);
            }

            _current = Math.Max(_current, took);
            _count++;
        }
    }
}
