using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>Counts of a fuzz, and what must not have been. Safe for several threads.</summary>
/// <param name="seed">What decided the cases.</param>
internal sealed class FuzzTally(int seed)
{
    private const int MostComplaints = 50;
    private const int BytesShown = 300;

    private readonly ConcurrentDictionary<int, int> _statuses = [];
    private readonly ConcurrentQueue<string> _complaints = new();
    private int _requests;
    private int _unanswered;
    private int _faults;

    /// <summary>Requests that were sent.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Answers by status.</summary>
    public IReadOnlyDictionary<int, int> Statuses => _statuses;

    /// <summary>The first things that must not have been.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Requests were sent.</summary>
    /// <returns>How many were sent before.</returns>
    public int Send(int count) => Interlocked.Add(ref _requests, count) - count;

    /// <summary>An answer has come.</summary>
    public void Answer(int status) => _statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);

    /// <summary>A connection ended without an answer, or none came for a while.</summary>
    public void Miss() => Interlocked.Increment(ref _unanswered);

    /// <summary>Something must not have been.</summary>
    public void Complain(string reason)
    {
        if (Interlocked.Increment(ref _faults) <= MostComplaints)
        {
            _complaints.Enqueue(reason);
        }
    }

    /// <summary>A case had an effect that it must not have had.</summary>
    public void Complain(int number, FuzzCase sent, string reason) => Complain(
        $"seed {seed}, case {number} ({sent.Kind}): {reason}\n    sent: {Readable(sent.Bytes)}");

    /// <inheritdoc/>
    public override string ToString()
    {
        var statuses = string.Join(
            ", ", _statuses.OrderBy(static s => s.Key).Select(static s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}: {s.Value:N0}")));
        return string.Create(
            CultureInfo.InvariantCulture, $"seed {seed}: {Requests:N0} requests; {statuses}; without an answer {_unanswered:N0}; faults {_faults:N0}")
            + string.Concat(_complaints.Select(static c => $"\n  {c}"));
    }

    private static string Readable(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes.Take(BytesShown))
        {
            text.Append(b is >= (byte)' ' and < 0x7F ? $"{(char)b}" : b == '\n' ? "\\n" : b == '\r' ? "\\r" : $"\\x{b:x2}");
        }

        return bytes.Length > BytesShown ? $"{text} … ({bytes.Length} bytes)" : text.ToString();
    }
}
