using System.Runtime.CompilerServices;

namespace AllData.Silo.Http.Console;

/// <summary>
/// Gathers what the console shows, once for all that look, and only while there are any: round by round, a question to each silo of the cluster, and at most
/// <see cref="ConsoleRounds.MaxQuestions"/> in a round.
/// </summary>
internal sealed partial class ConsoleGathering(IConsoleStore store, TimeProvider time, ILogger<ConsoleGathering> logger)
{
    /// <summary>Pages that are open at once, at most.</summary>
    public const int MaxViewers = 64;

    /// <summary>Of these, pages of readers: operators must be able to look, too.</summary>
    public const int MaxReaders = 48;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    private readonly Lock _entering = new();
    private readonly ConsoleRounds _rounds = new(store, time);
    private readonly ClusterPicture _picture = new();
    private volatile ConsoleState _state = ConsoleState.Empty(0);
    private int _viewers;
    private bool _isRunning;

    /// <summary>Pages that are open.</summary>
    public int Viewers => Volatile.Read(ref _viewers);

    /// <summary>Whether it asks silos now.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_entering)
            {
                return _isRunning;
            }
        }
    }

    /// <summary>Takes a place for a page; null when there is none left.</summary>
    /// <param name="isOperator">Whether its caller is an operator.</param>
    public IDisposable? TryEnter(bool isOperator)
    {
        lock (_entering)
        {
            if (_viewers >= (isOperator ? MaxViewers : MaxReaders))
            {
                return null;
            }

            _viewers++;
            if (!_isRunning)
            {
                // What was gathered for those before is old.
                (_isRunning, _state) = (true, ConsoleState.Empty(_state.Version));
                _ = Task.Run(RunAsync);
            }

            return new Place(this);
        }
    }

    /// <summary>What is to be sent to a page: all sections at first, then those that have changed. It gets the latest, whatever it has missed.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var (state, seen) = (_state, 0L); ; state = await state.Next.WaitAsync(cancellation))
        {
            state = _state.Version > state.Version ? _state : state;
            var changed = new MemoryStream();
            foreach (var section in state.Sections.Where(s => s.Version > seen))
            {
                changed.Write(section.Event);
            }

            seen = state.Version;
            if (changed.Length > 0)
            {
                yield return changed.ToArray();
            }
        }
    }

    private async Task RunAsync()
    {
        while (TryGoOn())
        {
            var began = time.GetTimestamp();
            try
            {
                var next = _state.With(time.GetUtcNow(), _picture.Fold(await _rounds.AskAsync()));
                var former = _state;
                _state = next;
                former.Follow(next);
            }
            catch (Exception e)
            {
                // The page says that nothing comes; the next round tries again.
                LogFailed(e);
            }

            var rest = Round - time.GetElapsedTime(began);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.FromMilliseconds(1), time);
        }
    }

    private bool TryGoOn()
    {
        lock (_entering)
        {
            return _isRunning = _viewers > 0;
        }
    }

    private void Leave()
    {
        lock (_entering)
        {
            _viewers--;
        }
    }

    [LoggerMessage(LogLevel.Warning, "A round of the console failed; the next one tries again")]
    private partial void LogFailed(Exception failure);

    private sealed class Place(ConsoleGathering gathering) : IDisposable
    {
        private int _hasLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                gathering.Leave();
            }
        }
    }
}
