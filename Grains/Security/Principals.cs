using AllData.Configuration;

namespace AllData.Security;

/// <summary>Those that may use the store, as the file of the options has them now.</summary>
internal static class Principals
{
    /// <summary>Reads the file, and reads it again when it has changed.</summary>
    /// <exception cref="FormatException">It cannot be used; the sentence names the option.</exception>
    public static Rotating<PrincipalsDocument> Load(SecurityOptions options, TimeProvider time, Action<string> onFault) =>
        new(() => Read(options), [options.PrincipalsFile], time, onFault);

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">It cannot be used; the sentence names the option.</exception>
    public static PrincipalsDocument Read(SecurityOptions options) =>
        PrincipalsDocument.ReadFile($"{SecurityOptions.Section}:{nameof(options.PrincipalsFile)}", options.PrincipalsFile);
}
