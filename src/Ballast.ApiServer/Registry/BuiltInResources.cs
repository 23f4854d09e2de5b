using Ballast.ApiServer.Registry.AdmissionRegistration;
using Ballast.ApiServer.Registry.ApiExtensions;
using Ballast.ApiServer.Registry.ApiRegistration;
using Ballast.ApiServer.Registry.Apps;
using Ballast.ApiServer.Registry.Authentication;
using Ballast.ApiServer.Registry.Authorization;
using Ballast.ApiServer.Registry.Autoscaling;
using Ballast.ApiServer.Registry.Batch;
using Ballast.ApiServer.Registry.Certificates;
using Ballast.ApiServer.Registry.Coordination;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Discovery;
using Ballast.ApiServer.Registry.FlowControl;
using Ballast.ApiServer.Registry.Networking;
using Ballast.ApiServer.Registry.Node;
using Ballast.ApiServer.Registry.Policy;
using Ballast.ApiServer.Registry.Rbac;
using Ballast.ApiServer.Registry.Resource;
using Ballast.ApiServer.Registry.Scheduling;
using Ballast.ApiServer.Registry.Storage;
using Ballast.ApiServer.Storage;
using CoreEndpoints = Ballast.ApiServer.Registry.Core.Endpoints;

namespace Ballast.ApiServer.Registry;

/// <summary>The resources that come with the server, in discovery's order.</summary>
public static class BuiltInResources
{
    /// <param name="catalog">Where handlers find the stores of other resources once the server runs.</param>
    /// <param name="handlers">
    /// What other parts of the server serve, by <c>resource</c> or <c>resource/subresource</c>: <c>serviceaccounts/token</c>, <c>tokenreviews.authentication.k8s.io</c>,
    /// <c>pods/log</c> … One that is missing is listed in discovery, and answers 501.
    /// </param>
    /// <param name="options">What the operator chose.</param>
    /// <param name="raw">Where node ports are allocated.</param>
    /// <param name="time">For the times that handlers write.</param>
    public static IReadOnlyList<ResourceDefinition> All(IResourceCatalog catalog, IReadOnlyDictionary<string, ISubresourceHandler> handlers, BuiltInOptions options, IRawStore raw, TimeProvider time)
    {
        var allocation = new ServiceAllocation(new ClusterIPAllocator(catalog, Random.Shared), new NodePortAllocator(raw, options.NodePorts, Random.Shared));
        var binding = new PodBinding(catalog, time);
        return
        [
            Bindings.Definition(binding),
            ComponentStatuses.Definition(Served("componentstatuses")),
            ConfigMaps.Definition,
            CoreEndpoints.Definition,
            Events.Events.Core(options.EventTtl),
            LimitRanges.Definition,
            Namespaces.Definition,
            Nodes.Definition(Served("nodes/proxy")),
            PersistentVolumeClaims.Definition,
            PersistentVolumes.Definition,
            Pods.Definition(new(binding, new PodEviction(catalog, time),
                Served("pods/attach"), Served("pods/exec"), Served("pods/log"), Served("pods/portforward"), Served("pods/proxy"))),
            PodTemplates.Definition,
            ReplicationControllers.Definition,
            ResourceQuotas.Definition,
            Secrets.Definition,
            ServiceAccounts.Definition(Served("serviceaccounts/token")),
            Services.Definition(allocation, Served("services/proxy")),

            ApiServices.Definition,

            ControllerRevisions.Definition,
            DaemonSets.Definition,
            Deployments.Definition,
            ReplicaSets.Definition,
            StatefulSets.Definition,

            Events.Events.EventsGroup(options.EventTtl),

            Reviews.SelfSubject(Served("selfsubjectreviews.authentication.k8s.io")),
            Reviews.Token(Served("tokenreviews.authentication.k8s.io")),

            AccessReviews.LocalSubject(Served("localsubjectaccessreviews.authorization.k8s.io")),
            AccessReviews.SelfSubject(Served("selfsubjectaccessreviews.authorization.k8s.io")),
            AccessReviews.SelfSubjectRules(Served("selfsubjectrulesreviews.authorization.k8s.io")),
            AccessReviews.Subject(Served("subjectaccessreviews.authorization.k8s.io")),

            HorizontalPodAutoscalers.Definition,

            CronJobs.Definition,
            Jobs.Definition,

            CertificateSigningRequests.Definition,

            IngressClasses.Definition,
            Ingresses.Definition,
            IPAddresses.Definition,
            NetworkPolicies.Definition,
            ServiceCidrs.Definition,

            PodDisruptionBudgets.Definition,

            ClusterRoleBindings.Definition,
            ClusterRoles.Definition,
            RoleBindings.Definition,
            Roles.Definition,

            CsiDrivers.Definition,
            CsiNodes.Definition,
            CsiStorageCapacities.Definition,
            StorageClasses.Definition,
            VolumeAttachments.Definition,
            VolumeAttributesClasses.Definition,

            MutatingAdmissionPolicies.Definition,
            MutatingAdmissionPolicyBindings.Definition,
            MutatingWebhookConfigurations.Definition,
            ValidatingAdmissionPolicies.Definition,
            ValidatingAdmissionPolicyBindings.Definition,
            ValidatingWebhookConfigurations.Definition,

            CustomResourceDefinitions.Definition(time),

            PriorityClasses.Definition,

            Leases.Definition,

            RuntimeClasses.Definition,

            EndpointSlices.Definition,

            DeviceClasses.Definition,
            ResourceClaims.Definition,
            ResourceClaimTemplates.Definition,
            ResourceSlices.Definition,

            FlowSchemas.Definition,
            PriorityLevelConfigurations.Definition,
        ];

        ISubresourceHandler Served(string name) => handlers.GetValueOrDefault(name) ?? new UnservedSubresource();
    }
}
