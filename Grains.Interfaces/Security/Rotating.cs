namespace AllData.Security;

/// <summary>
/// What is read from files, and read again when one of them has changed: certificates are replaced without a restart. Safe for several threads.
/// </summary>
/// <typeparam name="T">What is read.</typeparam>
internal sealed class Rotating<T> where T : class
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _looking = new();
    private readonly Func<T> _read;
    private readonly string[] _files;
    private readonly TimeProvider _time;
    private readonly Action<string> _onFault;
    private T _current;
    private string _stamp;
    private string _faulty = "";
    private long _looked;

    /// <summary>Reads for the first time.</summary>
    /// <param name="read">Reads all; throws <see cref="FormatException"/>.</param>
    /// <param name="files">The files; empty names are left out.</param>
    /// <param name="time">The clock; files are looked at once a second at most.</param>
    /// <param name="onFault">Is told once why changed files cannot be used; what was read before them is used further.</param>
    /// <exception cref="FormatException">They cannot be used.</exception>
    public Rotating(Func<T> read, IEnumerable<string> files, TimeProvider time, Action<string> onFault)
    {
        (_read, _files, _time, _onFault) = (read, [.. files.Where(static file => file.Length > 0)], time, onFault);
        _stamp = Stamp();
        _current = read();
        _looked = time.GetTimestamp();
    }

    /// <summary>What the files have now.</summary>
    public T Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _looked)) >= Every)
            {
                lock (_looking)
                {
                    Look();
                }
            }

            return Volatile.Read(ref _current);
        }
    }

    private void Look()
    {
        Volatile.Write(ref _looked, _time.GetTimestamp());
        var stamp = Stamp();
        if (stamp == _stamp)
        {
            return;
        }

        try
        {
            Volatile.Write(ref _current, _read());
            _stamp = stamp;
        }
        catch (FormatException e) when (stamp != _faulty)
        {
            _faulty = stamp;
            _onFault(e.Message);
        }
        catch (FormatException)
        {
            // Told already; perhaps the certificate is replaced and its key is not yet.
        }
    }

    private string Stamp() => string.Join('|', _files.Select(static file =>
    {
        var info = new FileInfo(file);
        return info.Exists ? $"{info.LastWriteTimeUtc.Ticks} {info.Length}" : "";
    }));
}
