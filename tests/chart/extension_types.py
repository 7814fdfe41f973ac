"""Types that are not Kubernetes' own, as far as the chart uses them. Closed: a
field that is not here is a mistake, or belongs here after a look at the type's
own documentation."""

# (group, kind): see kubernetes_schema._check_extension.
TYPES = {
    # cert-manager.io/v1, Certificate.
    ("cert-manager.io", "Certificate"): {
        "apiVersion!": "string",
        "kind!": "string",
        "metadata!": "V1ObjectMeta",
        "spec!": {
            "secretName!": "string",
            "issuerRef!": {"name!": "string", "kind": "string", "group": "string"},
            "isCA": "boolean",
            "uris": ["string"],
            "dnsNames": ["string"],
            "duration": "string",
            "renewBefore": "string",
            "usages": ["string"],
            "privateKey": {"algorithm": "string", "size": "number",
                           "encoding": "string", "rotationPolicy": "string"},
        },
    },
    # spire.spiffe.io/v1alpha1, ClusterSPIFFEID.
    ("spire.spiffe.io", "ClusterSPIFFEID"): {
        "apiVersion!": "string",
        "kind!": "string",
        "metadata!": "V1ObjectMeta",
        "spec!": {
            "className": "string",
            "spiffeIDTemplate!": "string",
            "hint": "string",
            "namespaceSelector": "V1LabelSelector",
            "podSelector": "V1LabelSelector",
            "workloadSelectorTemplates": ["string"],
            "dnsNameTemplates": ["string"],
        },
    },
    # monitoring.coreos.com/v1, ServiceMonitor.
    ("monitoring.coreos.com", "ServiceMonitor"): {
        "apiVersion!": "string",
        "kind!": "string",
        "metadata!": "V1ObjectMeta",
        "spec!": {
            "namespaceSelector": {"matchNames": ["string"]},
            "selector!": "V1LabelSelector",
            "endpoints!": [{"port": "string", "path": "string", "scheme": "string",
                            "interval": "string"}],
        },
    },
    # monitoring.coreos.com/v1, PrometheusRule.
    ("monitoring.coreos.com", "PrometheusRule"): {
        "apiVersion!": "string",
        "kind!": "string",
        "metadata!": "V1ObjectMeta",
        "spec!": {
            "groups": [{"name!": "string",
                        "rules": [{"alert": "string", "expr!": "string", "for": "string",
                                   "labels": {"severity!": "string"},
                                   "annotations": {"summary!": "string",
                                                   "description!": "string"}}]}],
        },
    },
    # postgresql.cnpg.io/v1, Cluster.
    ("postgresql.cnpg.io", "Cluster"): {
        "apiVersion!": "string",
        "kind!": "string",
        "metadata!": "V1ObjectMeta",
        "spec!": {
            "instances!": "number",
            "imageName": "string",
            "storage!": {"size!": "string", "storageClass": "string"},
            "affinity": {"enablePodAntiAffinity": "boolean", "topologyKey": "string"},
            "resources": "V1ResourceRequirements",
            "bootstrap": {"initdb": {"database!": "string", "owner!": "string",
                                     "secret": {"name!": "string"},
                                     "postInitApplicationSQL": ["string"]}},
            "managed": {"roles": [{"name!": "string", "ensure": "string", "login": "boolean",
                                   "passwordSecret": {"name!": "string"}}]},
        },
    },
}
