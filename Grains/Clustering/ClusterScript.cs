using System.Collections.Immutable;

namespace AllData.Clustering;

/// <summary>One of the embedded SQL scripts: the schema, and after it the statements that Orleans reads from the database.</summary>
internal sealed class ClusterScript
{
    private const string QueryMark = "-- query ";

    private ClusterScript(string schema, ImmutableArray<KeyValuePair<string, string>> queries)
    {
        Schema = schema;
        Queries = queries;
    }

    /// <summary>Statements that create what does not exist yet.</summary>
    public string Schema { get; }

    /// <summary>Orleans' name of each statement, and its text.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Queries { get; }

    /// <summary>Reads an embedded script.</summary>
    public static ClusterScript Load(string fileName)
    {
        using var stream = typeof(ClusterScript).Assembly.GetManifestResourceStream($"AllData.Storage.Scripts.{fileName}")
            ?? throw new InvalidOperationException($"The script {fileName} is not embedded.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    private static ClusterScript Parse(string text)
    {
        var parts = text.Split("\n" + QueryMark);
        var queries = parts.Skip(1).Select(static part => part.Split('\n', 2)).Select(static p => KeyValuePair.Create(p[0], p[1].Trim()));
        return new ClusterScript(parts[0], [.. queries]);
    }
}
