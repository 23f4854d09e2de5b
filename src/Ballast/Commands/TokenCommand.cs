using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;
using Ballast.Client;
using Ballast.ComponentBase.Flags;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Commands;

/// <summary><c>ballast token create|list|delete|generate</c>.</summary>
internal static class TokenCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var command = new Command("token", "Make, list and delete the tokens that hosts join with.").WithExamples("ballast token create --print-join-command");
        command.Subcommands.Add(CreateToken());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Delete());
        command.Subcommands.Add(Generate());
        return command;
    }

    private static Command CreateToken()
    {
        var command = new Command("create", "Make a token.").WithExamples("ballast token create --print-join-command", "ballast token create --ttl 2h --description 'for the new rack'");
        var text = new Argument<string?>("TOKEN") { Description = "As 'ballast token generate' prints one; made up where none is given.", Arity = ArgumentArity.ZeroOrOne };
        var ttl = new Option<string>("--ttl") { Description = "How long it is valid; 0 for ever.", DefaultValueFactory = _ => "24h", HelpName = "DURATION" };
        var description = new Option<string>("--description") { Description = "What it is for.", DefaultValueFactory = _ => "", HelpName = "TEXT" };
        var usages = new Option<string>("--usages") { Description = "What it may be used for.", DefaultValueFactory = _ => "signing,authentication", HelpName = "USAGES" };
        var groups = new Option<string>("--groups") { Description = "Groups of who uses it.", DefaultValueFactory = _ => BootstrapToken.JoinGroup, HelpName = "GROUPS" };
        var print = new Option<bool>("--print-join-command") { Description = "Print the whole command that a host joins with." };
        var key = new Option<string?>("--certificate-key") { Description = "With --print-join-command: for a control plane, with this key.", HelpName = "KEY" };
        command.Arguments.Add(text);
        foreach (var option in new Option[] { ttl, description, usages, groups, print, key })
            command.Options.Add(option);
        OnCluster(command, async (client, result, cancel) =>
        {
            if (!GoDuration.TryParse(result.GetValue(ttl)!, out var lifetime) || lifetime < TimeSpan.Zero)
                throw new ClusterException($"--ttl {result.GetValue(ttl)} is not a duration: write 24h, or 0 for ever", 2);
            var token = (result.GetValue(text) is { } given ? BootstrapToken.Parse(given) : BootstrapToken.Generate()) with
            {
                Lifetime = lifetime,
                Description = result.GetValue(description)!,
                Usages = result.GetValue(usages)!.Split(',', StringSplitOptions.RemoveEmptyEntries),
                Groups = result.GetValue(groups)!.Split(',', StringSplitOptions.RemoveEmptyEntries),
            };
            var join = result.GetValue(print) ? await JoinCommandAsync(client, result.GetValue(key), cancel) : null;
            await new BootstrapTokenSecrets(client, TimeProvider.System).CreateAsync(token, cancel);
            Console.WriteLine(join is null ? token.Text : string.Format(CultureInfo.InvariantCulture, join, token.Text));
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the tokens. Their secrets are not shown.").WithExamples("ballast token list", "ballast token list -o json");
        var output = new Option<string>("-o", "--output") { Description = "Form of the output.", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json");
        command.Options.Add(output);
        OnCluster(command, async (client, result, cancel) =>
        {
            var tokens = await new BootstrapTokenSecrets(client, TimeProvider.System).ListAsync(cancel);
            if (result.GetValue(output) == "json")
                Console.WriteLine(JsonSerializer.Serialize(tokens, Json));
            else
                Print(tokens);
        });
        return command;
    }

    private static Command Delete()
    {
        var command = new Command("delete", "Delete tokens: nobody can join with them any more.").WithExamples("ballast token delete abcdef");
        var ids = new Argument<string[]>("ID") { Description = "Ids, as 'ballast token list' shows them; whole tokens too.", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(ids);
        OnCluster(command, async (client, result, cancel) =>
        {
            var secrets = new BootstrapTokenSecrets(client, TimeProvider.System);
            foreach (var id in result.GetValue(ids)!.Select(i => i.Split('.')[0]))
                Console.WriteLine(await secrets.DeleteAsync(id, cancel) ? $"The token {id} is deleted." : $"There is no token {id}: nothing to do.");
        });
        return command;
    }

    private static Command Generate()
    {
        var command = new Command("generate", "Print a new token, and make it nowhere.").WithExamples("ballast token generate");
        command.OnRun((_, _) =>
        {
            Console.WriteLine(BootstrapToken.Generate().Text);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>With a gap for the token, so that nothing is left half-done where the cluster does not say how it is joined.</summary>
    private static async Task<string> JoinCommandAsync(ApiClient client, string? certificateKey, CancellationToken cancel)
    {
        if (await client.Resources<V1ConfigMap>().FindAsync(ClusterInfo.Namespace, ClusterInfo.Name, cancel) is not { } map || map.Data?.TryGetValue(ClusterInfo.ContentKey, out var content) != true)
            throw new ClusterException($"the cluster does not publish how it is found: {ClusterInfo.Namespace}/{ClusterInfo.Name} is missing") { Hint = "ballast init phase bootstrap-token" };
        var info = ClusterInfo.Parse(content!);
        using var ca = X509Certificate2.CreateFromPem(info.CaPem);
        var command = $"ballast join {new Uri(info.Server).Authority} --token {{0}} --discovery-token-ca-cert-hash {PublicKeyPin.Of(ca)}";
        return certificateKey is null ? command : $"{command} --control-plane --certificate-key {CertificateKey.Parse(certificateKey).Text}";
    }

    private static void OnCluster(Command command, Func<ApiClient, ParseResult, CancellationToken, Task> act)
    {
        var kubeconfig = new Option<string>("--kubeconfig")
        {
            Description = "An administrator's kubeconfig.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } path ? path : "/etc/kubernetes/admin.conf",
            HelpName = "FILE",
        };
        command.Options.Add(kubeconfig);
        command.OnRun(async (result, cancel) =>
        {
            var path = result.GetValue(kubeconfig)!;
            try
            {
                using var client = ClientFactory.Create(path, "ballast");
                await act(client, result, cancel);
                return 0;
            }
            catch (k8s.Exceptions.KubeConfigException wrong)
            {
                throw new ClusterException($"the kubeconfig {path} cannot be used: {wrong.Message}") { Hint = "name an administrator's with --kubeconfig, or run this on a control plane" };
            }
            catch (Exception refused) when (refused is HttpOperationException or HttpRequestException)
            {
                throw new ClusterException($"the cluster of {path} refused, or does not answer: {refused.ApiMessage}");
            }
        });
    }

    private static void Print(IReadOnlyList<StoredToken> tokens)
    {
        string[][] rows =
        [
            ["ID", "EXPIRES", "USAGES", "GROUPS", "DESCRIPTION"],
            .. tokens.Select(t => new[]
            {
                t.Id, t.Expiration?.ToString("u", CultureInfo.InvariantCulture) ?? "never", string.Join(',', t.Usages), string.Join(',', t.Groups), t.Description,
            }),
        ];
        var widths = rows[0].Select((_, i) => rows.Max(r => r[i].Length)).ToArray();
        foreach (var row in rows)
            Console.WriteLine(string.Join("   ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
