namespace AllData.Security;

/// <summary>Writes files that only their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a file in the place of the one that is there, whole or not at all.</summary>
    public static void Write(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var made = $"{file}.new";
        using (var writer = new StreamWriter(made, options))
        {
            writer.Write(text);
        }

        File.Move(made, file, overwrite: true);
    }
}
