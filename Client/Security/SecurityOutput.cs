using AllData.Client.Terminals;
using AllData.Security;

namespace AllData.Client.Security;

/// <summary>Says what was made and how it is used.</summary>
internal static class SecurityOutput
{
    /// <summary>Writes it.</summary>
    public static void Write(Terminal terminal, CertificateDirectory directory, WantedCertificates wanted, MadeCertificates made, bool isJson)
    {
        if (isJson)
        {
            terminal.WriteJson(new { Directory = directory.Path, Made = made.Certificates, made.Principals });
            return;
        }

        terminal.WriteLine(made.Certificates.Count == 0
            ? $"All certificates are in {directory.Path} already."
            : $"Made in {directory.Path}: {string.Join(", ", made.Certificates)}.");
        foreach (var sentence in Sentences(directory, made))
        {
            terminal.WriteLine(sentence);
        }

        terminal.WriteLine($"{directory.PrincipalsFile} says what each client may do; silos read it again when it changes.");
        terminal.WriteLine($"Keep {directory.KeyOf("*-ca")} away from the silos: a holder of one makes silos or clients.");
        foreach (var silo in wanted.Silos)
        {
            var settings = directory.SettingsOf(silo, wanted.ClusterId).Select(static s => ShellText.Quote($"--{s.Key}={s.Value}"));
            terminal.WriteLine($"{silo}: {string.Join(' ', settings)}");
        }

        foreach (var client in wanted.Clients.Select(static client => client.Name))
        {
            terminal.WriteLine($"{client}: alldata {directory.ClientOptionsOf(client)}");
        }
    }

    private static IEnumerable<string> Sentences(CertificateDirectory directory, MadeCertificates made)
    {
        if (made.Principals.Count > 0)
        {
            yield return $"Added to {directory.PrincipalsFile}: {string.Join(", ", made.Principals)}.";
        }

        if (made.OfOtherRoles.Count > 0)
        {
            yield return $"{string.Join(", ", made.OfOtherRoles)}: the roles stay as they are in {directory.PrincipalsFile}. Change them there.";
        }

        foreach (var silo in made.OfOtherHosts)
        {
            yield return $"{directory.CertificateOf(silo)} was there already and does not name all of --hosts: remove it to have it made again.";
        }
    }

    /// <summary>Writes a new key.</summary>
    public static void WriteKey(Terminal terminal, string name, string key, bool isJson)
    {
        if (isJson)
        {
            terminal.WriteJson(new { Principal = name, Key = key });
            return;
        }

        terminal.WriteLine(key);
        terminal.Say($"This is shown once: a key of '{name}'. Requests show it as 'Authorization: Bearer KEY', over HTTPS.");
    }
}
