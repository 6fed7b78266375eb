using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;

namespace AllData.Tests.Support;

/// <summary>
/// Sends a store what it may not expect, over raw connections, and looks at every answer. Each case is made of the seed and its number alone, but for the
/// keys in it, which are the store's.
/// </summary>
/// <param name="options">How much.</param>
/// <param name="targets">Silos of the store.</param>
internal sealed class FuzzRun(FuzzOptions options, IReadOnlyList<FuzzTarget> targets)
{
    // What is framed as HTTP wants it is answered. It is a bound for a silo that hangs, not for one that is slow.
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(60);

    // Half a request has no answer: how long one is waited for decides nothing.
    private static readonly TimeSpan WildBound = TimeSpan.FromMilliseconds(150);

    private readonly FuzzTally _tally = new(options.Seed);
    private readonly Stopwatch _watch = new();
    private int _cases;

    /// <summary>What was acknowledged.</summary>
    public FuzzLedger Ledger { get; } = new();

    /// <summary>Sends all, from where the last call ended.</summary>
    /// <param name="requests">How many.</param>
    /// <returns>Counts and complaints, of earlier calls, too.</returns>
    public async Task<FuzzTally> SendAsync(int requests)
    {
        var last = _tally.Requests + requests;
        _watch.Start();
        await Task.WhenAll(Enumerable.Range(0, options.Workers).Select(worker => Task.Run(() => WorkAsync(
            targets[worker % targets.Count], () => _tally.Requests < last && _watch.Elapsed < options.Bound))));
        _watch.Stop();
        return _tally;
    }

    private async Task WorkAsync(FuzzTarget target, Func<bool> goesOn)
    {
        FuzzConnection? connection = null;
        while (goesOn())
        {
            var number = Interlocked.Increment(ref _cases);
            var random = new Random(unchecked((options.Seed * 1_000_003) + number));
            var next = new FuzzCases(new FuzzBytes(random, $"Host: {target.Address.Authority}\r\n"), Ledger).Next();
            _tally.Send(Math.Max(1, next.Requests.Length));
            try
            {
                connection ??= await FuzzConnection.OpenAsync(target, CancellationToken.None);
                if (await RunAsync(connection, number, next, random))
                {
                    continue;
                }
            }
            catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
            {
                // Of a connection that the silo has closed; one that it does not take is noticed by what is valid.
                _tally.Miss();
                if (connection is null)
                {
                    _tally.Complain(number, next, $"no connection: {e.Message}");
                }
            }
            catch (FormatException e)
            {
                _tally.Complain(number, next, e.Message);
            }

            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            connection = null;
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    /// <returns>Whether the connection can be used again.</returns>
    private async Task<bool> RunAsync(FuzzConnection connection, int number, FuzzCase sent, Random random)
    {
        using var bound = new CancellationTokenSource(AnswerBound);
        var sending = connection.SendAsync(sent.Bytes, random, bound.Token);
        if (sent.Ending != FuzzEnding.StaysOpen)
        {
            await sending;
            await EndAsync(connection, sent.Ending);
            return false;
        }

        var isUsable = sent.Requests.Length > 0
            ? await ReadWholeAsync(connection, number, sent, bound.Token)
            : await ReadWildAsync(connection, number, sent, sending);
        await bound.CancelAsync();
        await sending;
        return isUsable;
    }

    private async Task<bool> ReadWholeAsync(FuzzConnection connection, int number, FuzzCase sent, CancellationToken bound)
    {
        foreach (var request in sent.Requests)
        {
            FuzzAnswer? answer;
            try
            {
                answer = await connection.Answers.ReadAsync(request.IsHead, bound);
            }
            catch (OperationCanceledException)
            {
                _tally.Complain(number, sent, $"no answer within {AnswerBound}");
                return false;
            }

            if (answer is null)
            {
                // A server may close a connection that was idle, or after an answer that said so.
                _tally.Miss();
                return false;
            }

            Note(answer, number, sent, request);
            if (answer.IsLast)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> ReadWildAsync(FuzzConnection connection, int number, FuzzCase sent, Task sending)
    {
        await Task.WhenAny(sending, Task.Delay(WildBound));
        using var bound = new CancellationTokenSource(WildBound);
        try
        {
            while (await connection.Answers.ReadAsync(isHead: false, bound.Token) is { } answer)
            {
                Note(answer, number, sent, request: null);
                if (answer.IsLast)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _tally.Miss();
        }

        return false;
    }

    private void Note(FuzzAnswer answer, int number, FuzzCase sent, FuzzRequest? request)
    {
        _tally.Answer(answer.Status);
        foreach (var complaint in FuzzOracle.Check(answer, request, Ledger))
        {
            _tally.Complain(number, sent, complaint);
        }
    }

    private static async Task EndAsync(FuzzConnection connection, FuzzEnding ending)
    {
        if (ending == FuzzEnding.Resets)
        {
            connection.Reset();
            return;
        }

        connection.FinishSending();
        using var bound = new CancellationTokenSource(WildBound);
        try
        {
            while (await connection.Answers.ReadAsync(isHead: false, bound.Token) is { IsLast: false })
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or FormatException)
        {
            // Whether it is answered is not said: the server takes a client that sends no more for one that is gone.
        }
    }
}
