using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Intervals;
using AllData.Storage.Directories;

namespace AllData.Storage.Engine;

/// <summary>Reads and writes the notes next to the interval files.</summary>
internal static class IntervalManifestFile
{
    /// <summary>Ending of the notes.</summary>
    public const string Extension = ".json";

    /// <summary>The version that is written and understood.</summary>
    public const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>A note of an interval that nothing is known of yet.</summary>
    public static IntervalManifest New(Interval interval, ReplicaStoreIdentity identity) => new()
    {
        FormatVersion = FormatVersion,
        Peer = identity.Peer.Value,
        Cluster = identity.ClusterId,
        Interval = interval.ToString(),
        IntervalSeconds = interval.LengthMilliseconds / 1000,
        Clean = true,
    };

    /// <summary>Reads a note; null if there is none. A damaged note is read as a note of a loss.</summary>
    /// <exception cref="ReplicaStoreException">It is of an unknown version, or another peer's; the message names both.</exception>
    public static IntervalManifest? Read(string path, Interval interval, ReplicaStoreIdentity identity, DateTimeOffset now)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (Parse(path) is not { } note)
        {
            return New(interval, identity).WithLoss($"{path} was damaged: what it said about losses before is not known.", now) with { HasStragglers = true };
        }

        if (note.FormatVersion != FormatVersion)
        {
            throw new ReplicaStoreException(
                $"{path} has format version {note.FormatVersion}; this program knows version {FormatVersion}. Use the program that wrote it.");
        }

        Check(path, identity, "peer_id", note.Peer, identity.Peer.Value);
        Check(path, identity, "cluster_id", note.Cluster.ToString(), identity.ClusterId.ToString());
        Check(path, identity, "interval", note.Interval, interval.ToString());
        Check(path, identity, "interval_seconds", $"{note.IntervalSeconds}", $"{interval.LengthMilliseconds / 1000}");
        return note;
    }

    /// <summary>Reads a note, of any peer; null when it is damaged.</summary>
    public static IntervalManifest? Read(string path) => Parse(path);

    /// <summary>Replaces a note durably.</summary>
    public static void Write(string path, IntervalManifest note) => DurableFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(note, Json));

    private static IntervalManifest? Parse(string path)
    {
        try
        {
            var note = JsonSerializer.Deserialize<IntervalManifest>(File.ReadAllText(path), Json);
            return note is { Peer: not null, Interval: not null, Findings.IsDefault: false } ? note : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Check(string path, ReplicaStoreIdentity identity, string name, string found, string expected)
    {
        if (!identity.IsOurs(name, found, expected))
        {
            throw new ReplicaStoreException(
                $"{path} belongs to {name} '{found}', not to '{expected}'. Move it and its file back to where they came from: other peers "
                + "hold the blocks too.");
        }
    }
}
