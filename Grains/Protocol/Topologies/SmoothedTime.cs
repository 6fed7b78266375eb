namespace AllData.Protocol.Topologies;

/// <summary>
/// What something usually takes: mean and mean deviation of the last answers, smoothed as TCP smooths round trips (RFC 6298, section 2). Safe for several
/// threads.
/// </summary>
internal sealed class SmoothedTime
{
    private readonly Lock _changing = new();
    private double _mean;
    private double _deviation;
    private int _count;

    /// <summary>Answers so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What few answers exceed, milliseconds: the mean and four deviations; 0 before the first answer.</summary>
    public double Usual
    {
        get
        {
            lock (_changing)
            {
                return _mean + (4 * _deviation);
            }
        }
    }

    /// <summary>An answer came.</summary>
    /// <param name="took">After this many milliseconds.</param>
    public void Add(double took)
    {
        lock (_changing)
        {
            _deviation = _count == 0 ? took / 2 : ((3 * _deviation) + Math.Abs(_mean - took)) / 4;
            _mean = _count == 0 ? took : ((7 * _mean) + took) / 8;
            _count = Math.Min(_count, int.MaxValue - 1) + 1;
        }
    }
}
