namespace AllData.Protocol.Topologies;

/// <summary>The slowest of the last answers: of at least <see cref="Window"/> and of fewer than twice as many. Safe for several threads.</summary>
internal sealed class SlowestTime
{
    /// <summary>Answers that count for certain.</summary>
    public const int Window = 1_024;

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
            if (_count == Window)
            {
                (_former, _current, _count) = (_current, 0, 0);
            }

            _current = Math.Max(_current, took);
            _count++;
        }
    }
}
