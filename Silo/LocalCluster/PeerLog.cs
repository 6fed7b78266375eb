using AllData.Security;
using AllData.Silo.Hosting;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// Takes what a peer prints. All of it goes to its log file; errors and the store's warnings also go to the terminal, as long as they are few enough
/// to read.
/// </summary>
internal sealed class PeerLog : IDisposable
{
    /// <summary>Lines echoed in each <see cref="EchoWindow"/>; the rest is only in the file.</summary>
    public const int EchoLimit = 20;

    /// <summary>A log that has grown beyond this many bytes is rotated; one former log is kept.</summary>
    public const long LargestLog = 64L << 20;

    private static readonly TimeSpan EchoWindow = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly LocalClusterPeer _peer;
    private readonly Action<string> _echo;
    private readonly TimeProvider _time;
    private readonly long _largest;
    private StreamWriter _file;
    private long _windowStart;
    private int _echoed;
    private bool _isClosed;

    public PeerLog(LocalClusterPeer peer, Action<string> echo, TimeProvider time, long largest = LargestLog)
    {
        _peer = peer;
        _echo = echo;
        _time = time;
        _largest = largest;
        // A data directory and what lies in it are for their user alone; the peer refuses one that others may write to.
        PrivateFiles.CreateDirectory(peer.DataDirectory);
        _file = Open(peer.LogFile);
        SetAsideWhenLarge();
        _windowStart = time.GetTimestamp();
    }

    /// <summary>A line of standard output: the silo's log.</summary>
    public void Output(string line) => Write(line, SiloLogFormat.IsForWatchers(line));

    /// <summary>A line of standard error: what the runtime prints when the process fails.</summary>
    public void Error(string line) => Write(line, echo: true);

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }

    private void Write(string line, bool echo)
    {
        lock (_lock)
        {
            // A grandchild may keep the pipe open after the peer has ended and its log was closed.
            if (_isClosed)
            {
                return;
            }

            _file.WriteLine(line);
            SetAsideWhenLarge();
            if (echo)
            {
                Echo(line);
            }
        }
    }

    private void Echo(string line)
    {
        if (_time.GetElapsedTime(_windowStart) > EchoWindow)
        {
            _windowStart = _time.GetTimestamp();
            _echoed = 0;
        }

        switch (_echoed++)
        {
            case < EchoLimit:
                _echo($"{_peer.Id}: {line}");
                break;
            case EchoLimit:
                _echo($"{_peer.Id}: more in {_peer.LogFile}");
                break;
        }
    }

    private void SetAsideWhenLarge()
    {
        if (_file.BaseStream.Position > _largest)
        {
            _file.Dispose();
            File.Move(_peer.LogFile, _peer.LogFile + ".1", overwrite: true);
            _file = Open(_peer.LogFile);
        }
    }

    private static StreamWriter Open(string file) => new(PrivateFiles.Open(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
}
