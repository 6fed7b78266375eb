namespace AllData.Configuration;

/// <summary>Whether the payloads of new events are encrypted before they are stored, and with what. Configuration section <c>AllData:Encryption</c>.</summary>
public sealed class EncryptionOptions
{
    /// <summary>The section.</summary>
    public const string Section = "AllData:Encryption";

    /// <summary>
    /// File of the key that new events are encrypted with: 32 random bytes in base64; other users may not read it. All silos of the store need the same. Read
    /// at the start. Default: none; new events are stored as they are.
    /// </summary>
    public string KeyFile { get; set; } = "";

    /// <summary>
    /// Files of further keys that events are read with, with commas between: former ones, and the next one before any silo encrypts with it. Default: none.
    /// </summary>
    public string OtherKeyFiles { get; set; } = "";
}
