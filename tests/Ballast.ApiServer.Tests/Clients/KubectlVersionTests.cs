using System.Diagnostics;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.Commands;

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>kubectl of this machine, and Debian's of years ago: the same session, in the same words.</summary>
public sealed class KubectlVersionTests(ApiServerFixture fixture, ClientPrograms programs)
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: {app: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "nginx:1", ports: [{containerPort: 80}]}

        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("machine")]
    [InlineData("debian")]
    public async Task Apply_read_patch_label_scale_and_delete(string whose)
    {
        var kubectl = await KubectlAsync(whose);
        Assert.Equal("deployment.apps/web created\n", await kubectl.OkAsync("apply -f -", Deployment));
        Assert.Equal("deployment.apps/web unchanged\n", await kubectl.OkAsync("apply -f -", Deployment));
        Assert.Equal("deployment.apps/web configured\n", await kubectl.OkAsync("apply -f -", Deployment.Replace("nginx:1", "nginx:2", StringComparison.Ordinal)));

        Assert.Matches("^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +0/2 +0 +0 +\\d+s +web +nginx:2 +app=web\n$", await kubectl.OkAsync("get deploy -o wide"));
        Assert.Contains("  name: web\n", await kubectl.OkAsync("get deploy web -o yaml"), StringComparison.Ordinal);
        Assert.Equal("deployment.apps/web\n", await kubectl.OkAsync("get deploy -o name"));

        Assert.Equal("deployment.apps/web patched\n", await kubectl.OkAsync("patch deploy web --type=strategic -p {\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"side:1\"}]}}}}"));
        Assert.Equal("deployment.apps/web patched\n", await kubectl.OkAsync("patch deploy web --type=merge -p {\"spec\":{\"minReadySeconds\":3}}"));
        Assert.Equal("deployment.apps/web patched\n", await kubectl.OkAsync("patch deploy web --type=json -p [{\"op\":\"replace\",\"path\":\"/spec/minReadySeconds\",\"value\":4}]"));
        Assert.Equal("side:1 nginx:2 4", await kubectl.OkWithAsync("get deploy web -o", "jsonpath={.spec.template.spec.containers[*].image} {.spec.minReadySeconds}"));

        Assert.Equal("deployment.apps/web labeled\n", await kubectl.OkAsync("label deploy web tier=front"));
        Assert.Equal("deployment.apps/web annotated\n", await kubectl.OkAsync("annotate deploy web note=one"));
        Assert.Equal("deployment.apps/web scaled\n", await kubectl.OkAsync("scale deploy web --replicas=5"));
        Assert.Equal("5", await kubectl.OkAsync("get deploy -l tier=front -o jsonpath={.items[0].spec.replicas}"));
        Assert.Equal("deployment.apps \"web\" deleted\n", await kubectl.OkAsync("delete deploy web --wait=false"));
        var gone = await kubectl.RunAsync("get deploy web");
        Assert.Equal((1, "Error from server (NotFound): deployments.apps \"web\" not found\n"), (gone.ExitCode, gone.Error));
    }

    [Theory]
    [InlineData("machine")]
    [InlineData("debian")]
    public async Task Diff_shows_what_an_apply_would_change(string whose)
    {
        var kubectl = await KubectlAsync(whose);
        await kubectl.OkAsync("apply -f -", Deployment);
        var same = await kubectl.RunAsync("diff -f -", Deployment);
        Assert.True((same.ExitCode, same.Output) == (0, ""), same.Output + same.Error);

        var changed = Deployment.Replace("replicas: 2", "replicas: 3", StringComparison.Ordinal);
        foreach (var flags in (string[])["", " --server-side --force-conflicts"])
        {
            var different = await kubectl.RunAsync("diff -f -" + flags, changed);
            Assert.True(different.ExitCode == 1, $"diff{flags}: {different.ExitCode} {different.Error}");
            Assert.Contains("-  replicas: 2\n+  replicas: 3\n", different.Output, StringComparison.Ordinal);
        }
        Assert.Equal("2", await kubectl.OkAsync("get deploy web -o jsonpath={.spec.replicas}"));
    }

    [Theory]
    [InlineData("machine")]
    [InlineData("debian")]
    public async Task Server_side_apply_names_who_else_holds_a_field(string whose)
    {
        var kubectl = await KubectlAsync(whose);
        const string Mine = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: one\n";
        Assert.Equal("configmap/a serverside-applied\n", await kubectl.OkAsync("apply --server-side -f -", Mine));
        Assert.Equal("configmap/a patched\n", await kubectl.OkAsync("patch cm a --type=merge -p {\"data\":{\"k\":\"two\"}}"));

        var conflict = await kubectl.RunAsync("apply --server-side -f -", Mine);
        Assert.Equal(1, conflict.ExitCode);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl-patch\" using v1", conflict.Error, StringComparison.Ordinal);
        Assert.Contains(": .data.k", conflict.Error, StringComparison.Ordinal);

        Assert.Equal("configmap/a serverside-applied\n", await kubectl.OkAsync("apply --server-side --force-conflicts -f -", Mine));
        var shown = whose == "debian" ? "" : " --show-managed-fields";
        var managers = JsonNode.Parse(await kubectl.OkAsync("get cm a -o json" + shown))!["metadata"]!["managedFields"]!.AsArray();
        var entry = Assert.Single(managers)!;
        Assert.Equal(("kubectl", "Apply", """{"f:data":{"f:k":{}}}"""),
            (entry["manager"]!.GetValue<string>(), entry["operation"]!.GetValue<string>(), entry["fieldsV1"]!.ToJsonString()));

        var two = await kubectl.RunAsync("apply --server-side --field-manager=other -f -", Mine.Replace("one", "three", StringComparison.Ordinal));
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl\": .data.k", two.Error, StringComparison.Ordinal);
    }

    /// <summary>The old one holds objects against OpenAPI v2 itself, the new one asks the server.</summary>
    [Theory]
    [InlineData("machine", "error when creating \"STDIN\": Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\"")]
    [InlineData("debian", "error validating data: ValidationError(Deployment.spec): unknown field \"replica\" in io.k8s.api.apps.v1.DeploymentSpec")]
    public async Task A_wrong_field_is_refused(string whose, string message)
    {
        var kubectl = await KubectlAsync(whose);
        var wrong = Deployment.Replace("replicas:", "replica:", StringComparison.Ordinal);
        var refused = await kubectl.RunAsync("apply --validate=true -f -", wrong);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.Equal("deployment.apps/web created\n", await kubectl.OkAsync("apply --validate=false -f -", wrong));
    }

    [Fact]
    public async Task A_wrong_field_can_be_warned_of()
    {
        var kubectl = await KubectlAsync("machine");
        var warned = await kubectl.RunAsync("apply --validate=warn -f -", Deployment.Replace("replicas:", "replica:", StringComparison.Ordinal));
        Assert.Equal((0, "deployment.apps/web created\n"), (warned.ExitCode, warned.Output));
        Assert.Equal("Warning: unknown field \"spec.replica\"\n", warned.Error);
    }

    [Theory]
    [InlineData("machine")]
    [InlineData("debian")]
    public async Task Explain_knows_every_field(string whose)
    {
        var kubectl = await KubectlAsync(whose);
        var field = await kubectl.OkAsync("explain deployment.spec.replicas");
        Assert.Contains("Number of desired pods", field, StringComparison.Ordinal);
        var all = await kubectl.OkAsync("explain pod.spec --recursive");
        foreach (var name in (string[])["containers", "readinessProbe", "topologySpreadConstraints", "whenUnsatisfiable"])
            Assert.Contains(name, all, StringComparison.Ordinal);
        Assert.Contains("autoscaling/v2", await kubectl.OkAsync("api-versions"), StringComparison.Ordinal);
    }

    private async Task<Kubectl> KubectlAsync(string whose) =>
        new(await programs.KubectlAsync(whose), fixture.Server.KubeconfigPath, await fixture.Server.NamespaceAsync());

    private sealed record Kubectl(string Program, string Kubeconfig, string Namespace)
    {
        /// <param name="words">Arguments without blanks in them.</param>
        /// <param name="input">What it reads.</param>
        public Task<CommandResult> RunAsync(string words, string? input = null) => Start(words.Split(' ')).RunAsync(input, cancel: Cancel);

        public Task<string> OkAsync(string words, string? input = null) => Start(words.Split(' ')).SucceedAsync(input, cancel: Cancel);

        /// <param name="words">Arguments without blanks in them.</param>
        /// <param name="last">One with blanks.</param>
        public Task<string> OkWithAsync(string words, string last) => Start([.. words.Split(' '), last]).SucceedAsync(cancel: Cancel);

        private ProcessStartInfo Start(string[] arguments) => new(Program, ["--namespace", Namespace, .. arguments])
        {
            Environment = { ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Path.GetDirectoryName(Kubeconfig)! },
        };
    }
}
