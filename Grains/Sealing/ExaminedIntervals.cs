using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Storage.Certificates;
using AllData.Storage.Directories;

namespace AllData.Sealing;

/// <summary>
/// What the peers held of each interval when this silo looked at it last: a sealed interval is looked at again only if that has changed. Kept in the data
/// directory, so that a start does not read everything. What is lost of it is looked at again.
/// </summary>
internal sealed class ExaminedIntervals(HostedPeer hostedPeer) : IExaminedIntervals
{
    private const string FileName = "examined.json";
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly SemaphoreSlim _one = new(1, 1);
    private ImmutableSortedDictionary<long, string>? _marks;

    private string FilePath => Path.Combine(hostedPeer.Directory.Path, StoredCertificateLog.Folder, FileName);

    /// <summary>What peers hold of an interval, in one text. A peer that has not answered differs from one that holds nothing.</summary>
    /// <param name="topology">The peers.</param>
    /// <param name="held">What those hold that have answered.</param>
    public static string MarkOf(TopologySnapshot topology, IReadOnlyDictionary<PeerId, string> held)
    {
        var lines = topology.Peers.Where(static p => p.Stores).OrderBy(static p => p.Ordinal)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Ordinal} {(held.TryGetValue(p.Id, out var one) ? one : "?")}"));
        return TreeHash.Of(Encoding.UTF8.GetBytes(string.Join('\n', lines))).ToString();
    }

    /// <inheritdoc/>
    public async Task<ImmutableSortedDictionary<long, string>> GetMarksAsync()
    {
        await _one.WaitAsync();
        try
        {
            return Marks();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async Task NoteAsync(Interval interval, string mark)
    {
        await _one.WaitAsync();
        try
        {
            var marks = Marks();
            if (marks.GetValueOrDefault(interval.FirstMinute.Value) != mark)
            {
                _marks = marks.SetItem(interval.FirstMinute.Value, mark);
                await Task.Run(() => Write(_marks));
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private ImmutableSortedDictionary<long, string> Marks()
    {
        if (_marks is null)
        {
            try
            {
                _marks = VersionedJson.Read<Content>(FilePath, FormatVersion, Json)?.Marks?.ToImmutableSortedDictionary();
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                // It only saves work.
            }
        }

        return _marks ??= ImmutableSortedDictionary<long, string>.Empty;
    }

    private void Write(ImmutableSortedDictionary<long, string> marks)
    {
        try
        {
            DurableFiles.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            VersionedJson.Write(FilePath, new Content(FormatVersion, new Dictionary<long, string>(marks)), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It only saves work.
        }
    }

    private sealed record Content(int FormatVersion, Dictionary<long, string>? Marks) : IVersionedContent;
}
