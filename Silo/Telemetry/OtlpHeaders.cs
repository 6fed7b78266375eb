namespace AllData.Silo.Telemetry;

/// <summary>The headers of requests to a collector. They are often secrets, so a file has them and no setting.</summary>
internal static class OtlpHeaders
{
    /// <summary>Reads a file with a line <c>name=value</c> for each; empty lines are passed over.</summary>
    /// <returns>The headers as the exporter takes them, or a sentence that says why they cannot be read.</returns>
    public static (string Headers, string? Fault) Read(string file)
    {
        try
        {
            var lines = File.ReadAllLines(file).Select(static line => line.Trim()).Where(static line => line.Length > 0).ToArray();
            var bad = Array.FindIndex(lines, static line => line.IndexOf('=', StringComparison.Ordinal) <= 0 || line.Contains(',', StringComparison.Ordinal));
            return bad < 0
                ? (string.Join(',', lines.Select(Escaped)), null)
                : ("", $"Line {bad + 1} of '{file}' is no header; write name=value, without a comma.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ("", $"'{file}' cannot be read: {e.Message}");
        }
    }

    // The exporter decodes what it is given as URLs have it, and then divides it at commas: so no value can have one.
    private static string Escaped(string line) =>
        line.IndexOf('=', StringComparison.Ordinal) is var end ? $"{line[..end].Trim()}={Uri.EscapeDataString(line[(end + 1)..].Trim())}" : line;
}
